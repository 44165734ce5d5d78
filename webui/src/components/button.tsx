// A button, or a link that looks like one.
import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { Icon, type IconName } from "./icon";

export type ButtonProps = {
  children?: ComponentChildren;
  icon?: IconName;
  after?: IconName;
  kind?: "primary" | "danger" | "quiet";
  small?: boolean;
  /** The name of a button that shows only its icon. */
  label?: string;
  href?: string;
  busy?: boolean;
  disabled?: boolean;
  type?: "button" | "submit";
  pressed?: boolean;
  class?: string;
  title?: string;
  onClick?: (event: TargetedMouseEvent<HTMLElement>) => void;
  [aria: `aria-${string}`]: string | boolean | undefined;
  [data: `data-${string}`]: string | undefined;
};

export function Button(props: ButtonProps) {
  const {
    children,
    icon,
    after,
    kind,
    small,
    label,
    href,
    busy,
    disabled,
    type = "button",
    pressed,
    onClick,
    ...rest
  } = props;
  const shape = ["btn", kind, small && "small", !children && "icon-only", busy && "busy", rest.class]
    .filter(Boolean)
    .join(" ");
  const inside = (
    <>
      {icon && <Icon name={icon} size={small ? 16 : 18} />}
      {children}
      {after && <Icon name={after} size={16} />}
    </>
  );
  const name = { "aria-label": label, title: rest.title ?? (children ? undefined : label) };
  if (href !== undefined) {
    return (
      <a {...rest} {...name} class={shape} href={href} onClick={onClick}>
        {inside}
      </a>
    );
  }
  return (
    <button
      {...rest}
      {...name}
      class={shape}
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {inside}
    </button>
  );
}
