// How far some work is, as a bar.
type Props = {
  /** null: how far it is, nobody knows; the bar moves. */
  share: number | null;
  label: string;
};

export function Progress({ share, label }: Props) {
  return (
    <span
      class={`progress ${share === null ? "unknown" : ""}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
    >
      <i style={share === null ? undefined : { width: `${Math.min(100, share * 100)}%` }} />
    </span>
  );
}
