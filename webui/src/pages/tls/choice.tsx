// What is to be done, as big choices with their consequences.
import { Icon, type IconName } from "../../components/icon";

type Props<V extends string> = {
  label: string;
  value: V;
  options: readonly { value: V; icon: IconName; tone: string; text: string; help: string }[];
  disabled?: boolean;
  onChange: (value: V) => void;
};

export function BigChoice<V extends string>({ label, value, options, disabled, onChange }: Props<V>) {
  return (
    <div class={`choices of-${options.length}`} role="radiogroup" aria-label={label}>
      {options.map(o => (
        <label key={o.value} class={`choice ${o.tone} ${value === o.value ? "on" : ""}`}>
          <input
            type="radio"
            name={label}
            value={o.value}
            checked={value === o.value}
            disabled={disabled}
            onChange={() => onChange(o.value)}
          />
          <Icon name={o.icon} size={20} />
          <b>{o.text}</b>
          <small>{o.help}</small>
        </label>
      ))}
    </div>
  );
}
