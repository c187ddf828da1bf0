// Where the system wants a program to keep its things.
import { homedir } from "node:os";
import { join } from "node:path";

/** Operating system and architecture, for people: `linux-x64`. */
export function platform() {
  return `${{ win32: "windows", darwin: "macos" }[process.platform] ?? process.platform}-${process.arch}`;
}

/** The folder of a product's store, and the one of its watermark. */
export function folders(product) {
  const home = homedir();
  const either = (variable, ...otherwise) => process.env[variable] || join(home, ...otherwise);
  const [data, state] = {
    win32: () => [either("LOCALAPPDATA", "AppData", "Local"), either("APPDATA", "AppData", "Roaming")],
    darwin: () => [join(home, "Library", "Application Support"), join(home, "Library", "Preferences")],
  }[process.platform]?.() ?? [either("XDG_DATA_HOME", ".local", "share"), either("XDG_STATE_HOME", ".local", "state")];
  const name = encodeURIComponent(product);
  return { data: join(data, "alvara", name), state: join(state, "alvara", name) };
}
