// The links of a slice: what each says, what it rests on, and what a thing is next to.
export const key = (one, other, kind) => `${one} ${other} ${kind}`;
export const kindOf = (slice, link) => slice.says[link[2]][0];
export const wordsOf = (slice, link) => slice.says[link[2]][1];

export function near(slice, name) {
  const place = slice.things.findIndex(([other]) => other === name), found = new Set();
  for (const [one, other] of place < 0 ? [] : slice.links) {
    if (one === place || other === place) found.add(slice.things[one === place ? other : one][0]);
  }
  return found;
}

export function restsOf(slice, link) {
  const name = (place) => encodeURIComponent(slice.things[place][0]).replaceAll("%2F", "/");
  return link[4] ?? [["What it rests on", slice.why.replace("{one}", () => name(link[0])).replace("{other}", () => name(link[1]))]];
}
