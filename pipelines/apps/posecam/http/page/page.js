// SPDX-License-Identifier: LGPL-2.1-or-later
// The page of posecam.

import { CameraView } from "./camera.js";
import { Connection } from "./connection.js";

const $ = (id) => document.getElementById(id);
const THEMES = ["system", "light", "dark"];

const grid = $("cameras");
let views = [];
let sets = {};
let large = null; // index of the enlarged camera
let skeletons = true;
let drawing = false;

function stored(key, value) {
  try { // storage may be forbidden
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch {
    return value ?? null;
  }
}

function say(text) {
  $("news").textContent = text;
}

// Theme

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $("theme").setAttribute("aria-label", `Theme: ${theme === "system" ? "as the system" : theme}`);
  for (const view of views) for (const plot of Object.values(view.plots)) plot.draw();
}

function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
  stored("posecam-theme", theme);
  setTheme(theme);
  say($("theme").getAttribute("aria-label"));
}

// Pictures

function draw() {
  drawing = false;
  for (const view of views) view.advance(skeletons);
  // One shape for all, that of the widest picture, so that the rows of the grid line up.
  const widest = Math.max(...views.map((view) => view.shape ?? 0));
  if (widest > 0) grid.style.setProperty("--shape", String(Math.min(Math.max(widest, 1), 2)));
}

function takePoses(camera, pts, poses) {
  if (views[camera]) views[camera].poses = { pts, poses };
}

async function takePicture(camera, pts, hasPoses, blob, taken) {
  const view = views[camera];
  const found = view?.poses?.pts === pts ? view.poses.poses : null;
  if (!view || (hasPoses && !found)) {
    taken();
    return;
  }
  try {
    const bitmap = await createImageBitmap(blob);
    view.show(bitmap, pts, found, sets);
  } catch {
    taken(); // no picture
    return;
  }
  if (!drawing) {
    drawing = true;
    requestAnimationFrame(draw);
  }
  requestAnimationFrame(taken); // a hidden page takes nothing
}

function watch() {
  if (document.hidden) connection.watch([]);
  else connection.watch(large === null ? views.map((_, i) => i) : [large]);
}

// State

function setLink(state, text) {
  $("link").dataset.state = state;
  $("link").textContent = text;
}

function open(hello, keypointSets) {
  sets = keypointSets;
  const same = views.length === hello.cameras.length &&
    views.every((view, i) => view.name === hello.cameras[i]);
  if (!same) {
    large = null;
    views = hello.cameras.map((name) => new CameraView(name));
    grid.replaceChildren(...views.map((view) => view.element));
    views.forEach((view, i) => view.element.addEventListener("click", () => enlarge(i)));
  }
  setLink("open", "connected");
  enlarge(large, true);
}

function takeStatus(cameras) {
  const news = cameras.map((status, i) => views[i]?.setStatus(status)).filter(Boolean);
  if (news.length > 0) say(news.join(", "));
  const live = cameras.filter((camera) => camera.state === "live");
  const people = live.reduce((sum, camera) => sum + camera.people, 0);
  $("summary").textContent =
    `${live.length} of ${cameras.length} live · ${people} ${people === 1 ? "person" : "people"}`;
}

function lost(seconds) {
  setLink("lost", `reconnecting in ${seconds.toFixed(seconds < 1 ? 1 : 0)} s`);
  $("summary").textContent = "";
  for (const view of views) view.setStatus(null);
}

// Token

function askForToken() {
  setLink("denied", "token needed");
  if (connection.token) $("login-text").textContent = "This token is not the right one.";
  if (!$("login").open) $("login").showModal();
}

$("login-form").addEventListener("submit", () => {
  connection.token = $("token").value.trim();
  $("token").value = "";
  stored("posecam-token", connection.token);
  connection.connect();
});
$("login").addEventListener("cancel", (event) => event.preventDefault());

/** The token of the address is kept, and leaves the address, which may be shared or photographed. */
function readToken() {
  const url = new URL(location.href);
  const given = url.searchParams.get("token");
  if (given === null) return stored("posecam-token");
  url.searchParams.delete("token");
  history.replaceState(null, "", url);
  return stored("posecam-token", given);
}

// Moving about

function enlarge(index, keep = false) {
  large = !keep && large === index ? null : index;
  grid.classList.toggle("enlarged", large !== null);
  views.forEach((view, i) => view.element.classList.toggle("large", i === large));
  watch();
  if (large !== null) views[large].element.focus();
  for (const view of views) view.draw();
}

function columns() {
  const first = views[0]?.element.offsetTop;
  return Math.max(views.filter((view) => view.element.offsetTop === first).length, 1);
}

function move(step) {
  const from = views.findIndex((view) => view.element === document.activeElement);
  const to = from < 0 ? 0 : Math.min(Math.max(from + step, 0), views.length - 1);
  if (large !== null && to !== large) enlarge(to);
  views[to]?.element.focus();
}

const KEYS = {
  ArrowLeft: () => move(-1),
  ArrowRight: () => move(1),
  ArrowUp: () => move(large === null ? -columns() : -1),
  ArrowDown: () => move(large === null ? columns() : 1),
  Enter: () => {
    const index = views.findIndex((view) => view.element === document.activeElement);
    if (index >= 0) enlarge(index);
  },
  Escape: () => {
    if (large === null) return;
    const { element } = views[large];
    enlarge(null);
    element.focus();
  },
  s: () => {
    skeletons = !skeletons;
    for (const view of views) view.draw(skeletons);
    say(`Skeletons ${skeletons ? "on" : "off"}`);
  },
  t: nextTheme,
  "?": () => $("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && event.target.closest("button")) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
document.addEventListener("visibilitychange", watch);
$("theme").addEventListener("click", nextTheme);
$("help-button").addEventListener("click", () => $("help").showModal());

const connection = new Connection({
  open, lost, denied: askForToken, status: takeStatus, poses: takePoses, picture: takePicture,
});
setTheme(THEMES.includes(stored("posecam-theme")) ? stored("posecam-theme") : "system");
connection.token = readToken();
connection.connect();
