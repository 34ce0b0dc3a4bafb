// Everything a page gains where scripts run; every page works without them.
import { highlighting } from "./highlight.js";
import { closing } from "./menu.js";
import { sortable } from "./sort.js";
import { ticking } from "./ticks.js";

document.querySelectorAll("table.sortable").forEach(sortable);
document.querySelectorAll(".linked").forEach(highlighting);
document.querySelectorAll("form[data-at-once]").forEach(ticking);
document.querySelectorAll("details.menu").forEach(closing);
document.documentElement.dataset.ready = "yes";
