// The server's answers, by key: shown at once when known, asked again when old (stale-while-revalidate). One question
// is under way once, however many components ask it. An answer that comes after a newer question, or after the cache
// was cleared, is dropped. Pure: time and watchers come from outside, so it is tested without a browser.

export type Entry<T> = { data: T | undefined; error: unknown; at: number; loading: boolean };

type Slot = {
  entry: Entry<unknown>;
  watchers: Set<() => void>;
  running: AbortController | null;
  ask: ((signal: AbortSignal) => Promise<unknown>) | null;
};

const EMPTY: Entry<never> = { data: undefined, error: null, at: 0, loading: false };
/** More than a session looks at; the oldest answers that nobody watches go first. */
const MOST = 200;

export class Cache {
  private readonly slots = new Map<string, Slot>();
  constructor(private readonly now: () => number = Date.now) {}

  private slot(key: string): Slot {
    let slot = this.slots.get(key);
    if (!slot) {
      if (this.slots.size >= MOST) this.evict();
      this.slots.set(key, (slot = { entry: EMPTY, watchers: new Set(), running: null, ask: null }));
    }
    return slot;
  }

  private evict(): void {
    for (const [key, slot] of this.slots) {
      if (slot.watchers.size > 0 || slot.running) continue;
      this.slots.delete(key);
      if (this.slots.size < MOST) return;
    }
  }

  private put(slot: Slot, entry: Entry<unknown>): void {
    slot.entry = entry;
    for (const watcher of [...slot.watchers]) watcher();
  }

  get<T>(key: string): Entry<T> {
    return (this.slots.get(key)?.entry ?? EMPTY) as Entry<T>;
  }

  watch(key: string, watcher: () => void): () => void {
    const slot = this.slot(key);
    slot.watchers.add(watcher);
    return () => {
      slot.watchers.delete(watcher);
      // Nobody waits for the answer any more: let the server go.
      if (slot.watchers.size === 0 && slot.running) {
        slot.running.abort();
        slot.running = null;
        slot.entry = { ...slot.entry, loading: false };
      }
    };
  }

  /** Asks unless the answer is younger than `fresh_ms` or the question is under way. */
  async load<T>(key: string, ask: (signal: AbortSignal) => Promise<T>, fresh_ms = 0): Promise<void> {
    const slot = this.slot(key);
    slot.ask = ask;
    if (slot.running) return;
    if (slot.entry.data !== undefined && !slot.entry.error && this.now() - slot.entry.at < fresh_ms) return;
    const running = new AbortController();
    slot.running = running;
    this.put(slot, { ...slot.entry, loading: true });
    try {
      const data = await ask(running.signal);
      if (slot.running === running) this.put(slot, { data, error: null, at: this.now(), loading: false });
    } catch (error) {
      // The old answer stays beside the error: the page shows it and says how old it is.
      if (slot.running === running) this.put(slot, { ...slot.entry, error, loading: false });
    } finally {
      if (slot.running === running) slot.running = null;
    }
  }

  /** Puts an answer that came another way, such as that of a change. */
  set<T>(key: string, data: T): void {
    const slot = this.slot(key);
    slot.running?.abort();
    slot.running = null;
    this.put(slot, { data, error: null, at: this.now(), loading: false });
  }

  /** What begins with `prefix` is old: asked again now where someone watches, else when next shown. */
  stale(prefix: string): void {
    for (const [key, slot] of this.slots) {
      if (!key.startsWith(prefix)) continue;
      slot.entry = { ...slot.entry, at: 0 };
      if (slot.watchers.size === 0 || !slot.ask) continue;
      slot.running?.abort();
      slot.running = null;
      void this.load(key, slot.ask);
    }
  }

  /** Another person signed in: nothing of the last one may show. */
  clear(): void {
    for (const slot of this.slots.values()) {
      slot.running?.abort();
      slot.running = null;
      this.put(slot, EMPTY);
    }
    for (const [key, slot] of this.slots) if (slot.watchers.size === 0) this.slots.delete(key);
  }
}
