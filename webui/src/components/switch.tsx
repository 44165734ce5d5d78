// On or off, at once.
type Props = {
  checked: boolean;
  label: string;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  title?: string;
};

/** `label` is its name for those who can't see what it belongs to. */
export function Switch({ checked, label, onChange, disabled, title }: Props) {
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={checked}
      aria-label={label}
      disabled={disabled}
      title={title}
      onClick={() => onChange(!checked)}
    >
      <span />
    </button>
  );
}
