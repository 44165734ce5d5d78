// A browser's name out of the header that claims it: for people to know their own sessions by, never to decide by.

const BROWSERS: [RegExp, string][] = [
  [/\bEdg(?:A|iOS)?\/(\d+)/, "Edge"],
  [/\bOPR\/(\d+)/, "Opera"],
  [/\bFirefox\/(\d+)/, "Firefox"],
  [/\bFxiOS\/(\d+)/, "Firefox"],
  [/\b(?:Headless)?Chrome\/(\d+)/, "Chrome"],
  [/\bCriOS\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+)[.\d]* (?:Mobile\/\w+ )?Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\biPhone|\biPad/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** Browser with its main version, and system; null where the header names none that is known. */
export function agentOf(header: string): { browser: string | null; system: string | null } {
  const browser = BROWSERS.map(([pattern, name]) => ({ name, found: pattern.exec(header) })).find(b => b.found);
  return {
    browser: browser ? `${browser.name} ${browser.found![1]}` : null,
    system: SYSTEMS.find(([pattern]) => pattern.test(header))?.[1] ?? null,
  };
}
