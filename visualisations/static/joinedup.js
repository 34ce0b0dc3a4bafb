// Everything a page gains where scripts run; every page works without them.
import { highlighting } from "./highlight.js";
import { closing } from "./menu.js";
import { sortable } from "./sort.js";

document.querySelectorAll("table.sortable").forEach(sortable);
document.querySelectorAll(".linked").forEach(highlighting);
document.querySelectorAll("details.menu").forEach(closing);
document.documentElement.dataset.ready = "yes";
