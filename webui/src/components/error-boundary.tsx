// A page that throws stops alone: the navigation stays, and the details can be copied for whoever will mend it.
import { Component, type ComponentChildren } from "preact";
import { common as t } from "../text/common";
import { Button } from "./button";
import { CopyButton } from "./copy-button";
import { Empty } from "./states";

type Props = { children: ComponentChildren; /** Another place: the error is forgotten. */ at: string };
type State = { error: Error | null; at: string };

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, at: this.props.at };

  static override getDerivedStateFromError(error: Error): Partial<State> {
    return { error };
  }
  static override getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.at === state.at ? null : { error: null, at: props.at };
  }

  override componentDidCatch(error: Error): void {
    console.error(error);
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const details = `${location.pathname}\n${error.name}: ${error.message}\n${error.stack ?? ""}`;
    return (
      <Empty
        icon="warn"
        kind="bad"
        title={t("crash")}
        actions={
          <>
            <Button icon="refresh" onClick={() => location.reload()}>
              {t("reload")}
            </Button>
            <CopyButton text={details}>{t("copy_details")}</CopyButton>
          </>
        }
      >
        <p>{t("crash_help")}</p>
        <pre class="crash">{`${error.name}: ${error.message}`}</pre>
      </Empty>
    );
  }
}
