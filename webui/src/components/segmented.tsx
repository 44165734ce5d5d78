// One choice of a few, all of them seen: radio buttons drawn as one control, so that arrow keys work by themselves.
import { useId } from "preact/hooks";

type Props<V extends string> = {
  label: string;
  value: V | null;
  options: readonly { value: V; text: string }[];
  onChange: (value: V) => void;
  disabled?: boolean;
};

export function Segmented<V extends string>({ label, value, options, onChange, disabled }: Props<V>) {
  const name = useId();
  return (
    <fieldset class="segmented" disabled={disabled}>
      <legend class="sr-only">{label}</legend>
      {options.map(o => (
        <label key={o.value} class={o.value === value ? "on" : ""}>
          <input
            type="radio"
            name={name}
            value={o.value}
            checked={o.value === value}
            onChange={() => onChange(o.value)}
          />
          {o.text}
        </label>
      ))}
    </fieldset>
  );
}
