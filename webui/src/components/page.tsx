// The head of a page: its title (the document's too), one line of purpose, actions on the right.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { common as t } from "../text/common";

type Props = { title: string; purpose?: ComponentChildren; actions?: ComponentChildren };

export function PageHeader({ title, purpose, actions }: Props) {
  useEffect(() => {
    document.title = `${title} - ${t("product")}`;
  }, [title]);
  return (
    <header class="page-head">
      <div>
        <h1>{title}</h1>
        {purpose && <p>{purpose}</p>}
      </div>
      {actions && <div class="page-actions">{actions}</div>}
    </header>
  );
}
