// All that the window has of the rest: these calls, by name, and nothing that they are made of. A preload script
// in a sandbox is CommonJS, and may load nothing but Electron's part for it.
const { contextBridge, ipcRenderer } = require("electron");

contextBridge.exposeInMainWorld("license", {
  view: () => ipcRenderer.invoke("license:view"),
  activate: (key) => ipcRenderer.invoke("license:activate", String(key)),
  renew: () => ipcRenderer.invoke("license:renew"),
  saveRequest: (key) => ipcRenderer.invoke("license:save-request", String(key)),
  takeAnswer: () => ipcRenderer.invoke("license:take-answer"),
  // The event stays here: it leads to the sender.
  onChange: (listener) => { ipcRenderer.on("license:changed", (_event, view) => listener(view)); },
});
