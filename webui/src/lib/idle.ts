// When someone last did something here. Polling keeps a session young, so the console itself must notice that nobody
// is there any more; what is done in another tab counts too.

const CHANNEL = "sluice-active";
const TELL_MS = 30_000;

/** Calls `expire` once nobody has touched the console for so long. Returns how to stop. */
export function watchIdle(idle_s: number, expire: () => void): () => void {
  let last = Date.now();
  let told = 0;
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);
  const touch = () => {
    last = Date.now();
    if (last - told > TELL_MS) {
      told = last;
      channel?.postMessage(null);
    }
  };
  const heard = () => (last = Date.now());
  channel?.addEventListener("message", heard);
  const events = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
  for (const name of events) addEventListener(name, touch, { passive: true });
  // A laptop that slept for a night wakes up idle: the clock is asked, not the timer counted.
  const timer = setInterval(() => Date.now() - last > idle_s * 1000 && expire(), 5000);
  return () => {
    clearInterval(timer);
    channel?.close();
    for (const name of events) removeEventListener(name, touch);
  };
}
