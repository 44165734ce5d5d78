// A menu at a button: the platform's popover, so it lies on top of everything and closes by itself. Arrow keys move, a
// letter jumps, Esc closes and gives the focus back.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Button, type ButtonProps } from "./button";
import { Icon, type IconName } from "./icon";

export type MenuItem =
  | {
      text: string;
      icon?: IconName;
      note?: string;
      danger?: boolean;
      disabled?: boolean;
      checked?: boolean;
      href?: string;
      run?: () => void;
    }
  | { heading: string }
  | "line";

/** Puts a floating box beside its anchor, on the side where there is room. Through CSSOM: the CSP allows no other. */
export function placeBox(box: HTMLElement, anchor: DOMRect, align: "start" | "end" = "end"): void {
  const { width, height } = box.getBoundingClientRect();
  const gap = 4;
  const below = innerHeight - anchor.bottom - gap;
  const top = below >= height || below >= anchor.top ? anchor.bottom + gap : Math.max(gap, anchor.top - gap - height);
  const rtl = document.documentElement.dir === "rtl";
  const atRight = (align === "end") !== rtl;
  const left = atRight ? anchor.right - width : anchor.left;
  box.style.top = `${Math.round(Math.min(top, Math.max(gap, innerHeight - height - gap)))}px`;
  box.style.left = `${Math.round(Math.max(gap, Math.min(left, innerWidth - width - gap)))}px`;
}

type MenuListProps = {
  items: MenuItem[];
  anchor: () => DOMRect | null;
  align?: "start" | "end";
  /** `outside`: by a press elsewhere, which may be on the button that opened it. */
  onClose: (outside?: boolean) => void;
  label: string;
};

/** The open menu itself, for menus that open from a row by key. */
export function MenuList({ items, anchor, align, onClose, label }: MenuListProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const it = box.current!;
    const before = document.activeElement as HTMLElement | null;
    const toggle = (event: Event) => (event as ToggleEvent).newState === "closed" && onClose(true);
    it.addEventListener("toggle", toggle);
    it.showPopover();
    const at = anchor();
    if (at) placeBox(it, at, align);
    it.querySelector<HTMLElement>("[role^=menuitem]:not([aria-disabled=true])")?.focus();
    return () => {
      it.removeEventListener("toggle", toggle);
      if (it.contains(document.activeElement) || document.activeElement === document.body) before?.focus();
    };
  }, []);
  const keys = (event: KeyboardEvent) => {
    const all = [...box.current!.querySelectorAll<HTMLElement>("[role^=menuitem]:not([aria-disabled=true])")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const go = (i: number) => all[(i + all.length) % all.length]?.focus();
    event.stopPropagation();
    if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(-1);
    else if (event.key === "Tab") return onClose();
    else if (event.key === "Escape") return onClose();
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      const next = [...all.slice(at + 1), ...all].find(i =>
        i.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()),
      );
      if (!next) return;
      next.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <div ref={box} popover="auto" class="menu" role="menu" aria-label={label} onKeyDown={keys}>
      {items.map((item, i) =>
        item === "line" ? (
          <hr key={i} />
        ) : "heading" in item ? (
          <div key={i} class="menu-heading" role="presentation">
            {item.heading}
          </div>
        ) : (
          <Item key={i} item={item} onClose={onClose} />
        ),
      )}
    </div>
  );
}

function Item({ item, onClose }: { item: Exclude<MenuItem, "line" | { heading: string }>; onClose: () => void }) {
  const role = item.checked === undefined ? "menuitem" : "menuitemcheckbox";
  const inside: ComponentChildren = (
    <>
      {item.checked !== undefined ? (
        <span class="menu-tick">{item.checked && <Icon name="tick" size={16} />}</span>
      ) : null}
      {item.icon && <Icon name={item.icon} size={16} />}
      <span class="menu-text">{item.text}</span>
      {item.note && <span class="menu-note">{item.note}</span>}
    </>
  );
  const name = `menu-item ${item.danger ? "danger" : ""}`;
  if (item.href !== undefined && !item.disabled) {
    return (
      <a role={role} tabIndex={-1} class={name} href={item.href} onClick={() => onClose()}>
        {inside}
      </a>
    );
  }
  return (
    <button
      type="button"
      role={role}
      tabIndex={-1}
      class={name}
      aria-disabled={item.disabled || undefined}
      aria-checked={item.checked}
      onClick={() => {
        if (item.disabled) return;
        if (item.checked === undefined) onClose();
        item.run?.();
      }}
    >
      {inside}
    </button>
  );
}

/** A button with a menu. */
type MenuProps = ButtonProps & {
  /** A function is asked when the menu opens: for long lists of rows. */
  items: MenuItem[] | (() => MenuItem[]);
  align?: "start" | "end";
  /** Name of the open menu where the button shows text instead of a label. */
  name?: string;
};

export function Menu({ items, align, name, ...button }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const closedAt = useRef(0);
  return (
    <>
      <Button
        {...button}
        aria-haspopup="menu"
        aria-expanded={open ? "true" : "false"}
        data-menu={id}
        onClick={event => {
          event.stopPropagation();
          // The press that closed the popover arrives here too.
          if (event.timeStamp - closedAt.current > 200) setOpen(true);
        }}
      />
      {open && (
        <MenuList
          items={typeof items === "function" ? items() : items}
          align={align}
          label={name ?? button.label ?? ""}
          anchor={() => document.querySelector(`[data-menu="${id}"]`)?.getBoundingClientRect() ?? null}
          onClose={outside => {
            if (outside) closedAt.current = performance.now();
            setOpen(false);
          }}
        />
      )}
    </>
  );
}
