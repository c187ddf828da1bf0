// The main process: windows, and what they may ask for. What it says about the license is in licensing.js.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { app, BrowserWindow, dialog, ipcMain, powerMonitor, session, shell } from "electron";
import { API_URL, KEYS, PRODUCT, RENEW_URL, VERSION } from "./config.js";
import { Licensing, proxyOf } from "./licensing.js";

const here = (name) => new URL(name, import.meta.url);
const PAGE = here("./window/index.html").href;

let window = null;
let licensing = null;
let closing = null;
let isClosed = false;

// Also for windows that somebody adds later.
app.enableSandbox();
app.on("web-contents-created", (_event, contents) => {
  contents.on("will-navigate", (event) => event.preventDefault());
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
});

/** Nothing is loaded but files of this machine, and nothing is permitted. */
function shut(page) {
  page.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  page.setPermissionCheckHandler(() => false);
  page.webRequest.onBeforeRequest((asked, answer) => answer({ cancel: !/^(file|devtools):/.test(asked.url) }));
}

/** Answers a window, but only our own page in its main frame. */
function answer(channel, work) {
  ipcMain.handle(channel, (event, ...said) => {
    const frame = event.senderFrame;
    if (frame === null || frame !== window?.webContents.mainFrame || frame.url !== PAGE) throw new Error("not for this page");
    return work(...said);
  });
}

function open() {
  window = new BrowserWindow({
    width: 520, height: 560, show: false,
    webPreferences: {
      preload: fileURLToPath(here("./preload.cjs")), contextIsolation: true, sandbox: true, nodeIntegration: false,
    },
  });
  window.removeMenu();
  window.once("ready-to-show", () => window.show());
  window.on("closed", () => { window = null; });
  void window.loadURL(PAGE);
}

/** What only Electron can do for the license. */
const desk = {
  openOutside: (url) => shell.openExternal(url),
  saveAs: async (name) => (await dialog.showSaveDialog(window, { defaultPath: name })).filePath || null,
  choose: async () => (await dialog.showOpenDialog(window, { properties: ["openFile"] })).filePaths[0] ?? null,
};

async function begin() {
  await app.whenReady();
  shut(session.defaultSession);
  licensing = new Licensing({
    product: PRODUCT, publicKey: readFileSync(here(KEYS), "utf8"), apiUrl: API_URL, version: VERSION, renewUrl: RENEW_URL,
    locale: app.getLocale(), proxy: async (url) => proxyOf(await session.defaultSession.resolveProxy(url)),
  }, desk);
  licensing.open((view) => window?.webContents.send("license:changed", view));
  answer("license:view", () => licensing.view());
  answer("license:activate", (key) => licensing.activate(key));
  answer("license:renew", () => licensing.renew());
  answer("license:save-request", (key) => licensing.saveRequest(key));
  answer("license:take-answer", () => licensing.takeAnswer());
  powerMonitor.on("resume", () => licensing.wake());
  open();
}

app.on("second-instance", () => window?.focus());
app.on("window-all-closed", () => app.quit());
app.on("before-quit", (event) => {
  if (isClosed || licensing === null) return;
  event.preventDefault();
  // A seat goes back first. Whoever quits twice waits for the same.
  closing ??= licensing.close().finally(() => {
    isClosed = true;
    app.quit();
  });
});

if (app.requestSingleInstanceLock()) {
  begin().catch((error) => {
    dialog.showErrorBox(PRODUCT, error.message);
    app.exit(1);
  });
} else {
  app.quit();
}
