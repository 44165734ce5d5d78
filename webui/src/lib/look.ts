// How the console looks to this person on this machine: the only thing that the browser keeps.

export type Theme = "light" | "dark" | "system";
export type Density = "comfortable" | "compact";
export type Look = {
  theme: Theme;
  density: Density;
  keys: boolean;
  language: "en" | "pseudo";
  columns: string[] | null;
};

/** Told to the window when the look changes. */
export const CHANGED = "sluice-look";
const KEY = "sluice.look";
const USUAL: Look = { theme: "system", density: "comfortable", keys: true, language: "en", columns: null };

export function readLook(): Look {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...USUAL, ...(typeof kept === "object" ? kept : {}) };
  } catch {
    return USUAL; // storage is switched off, or not ours
  }
}

export function applyLook(look: Look = readLook()): void {
  const root = document.documentElement;
  if (look.theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = look.theme;
  root.dataset["density"] = look.density;
}

export function changeLook(change: Partial<Look>): Look {
  const look = { ...readLook(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(look));
  } catch {
    // It holds for this page only.
  }
  applyLook(look);
  dispatchEvent(new Event(CHANGED));
  return look;
}
