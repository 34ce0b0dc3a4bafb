// Opens a page that was being made, as soon as it is there.
const said = document.getElementById("waiting");
const began = Date.now();
said.hidden = false;
setInterval(() => { said.textContent = `It opens by itself. ${Math.round((Date.now() - began) / 1000)} seconds so far.`; }, 10000);
await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => new Promise((later) => setTimeout(later, 5000)));
location.reload();
