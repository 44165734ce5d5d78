// A part that is drawn again only when one of its properties is another: for rows of long lists.
import { Component, type ComponentChildren, type ComponentType } from "preact";

export function memo<P extends object>(part: (props: P) => ComponentChildren): ComponentType<P> {
  const Part = part as ComponentType<P>;
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props as Record<string, unknown>;
      const names = new Set([...Object.keys(now), ...Object.keys(next)]);
      return [...names].some(n => n !== "children" && !Object.is(now[n], (next as Record<string, unknown>)[n]));
    }
    override render(): ComponentChildren {
      return <Part {...(this.props as P)} />;
    }
  } as unknown as ComponentType<P>;
}
