// A place to drop a file, which is also a file field: the keyboard and a press open the chooser.
import { useId, useState } from "preact/hooks";
import { Icon } from "../../components/icon";
import { bytes } from "../../lib/format";
import { safe } from "../../lib/safe";
import { lists as t } from "./text";

type Props = { file: File | null; onFile: (file: File | null) => void; error: string | null; disabled?: boolean };

export function FileDrop({ file, onFile, error, disabled }: Props) {
  const [over, setOver] = useState(false);
  const id = useId();
  return (
    <div class={`field ${error ? "wrong" : ""}`}>
      <label for={id}>{t("add.file")}</label>
      <div
        class={`drop ${over ? "over" : ""} ${file ? "full" : ""}`}
        onDragOver={event => {
          event.preventDefault();
          if (!disabled) setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={event => {
          event.preventDefault();
          setOver(false);
          const dropped = event.dataTransfer?.files[0];
          if (dropped && !disabled) onFile(dropped);
        }}
      >
        <Icon name={file ? "log" : "upload"} size={22} />
        {file ? (
          <span class="wrap">
            <b>{safe(file.name)}</b> <span class="note">{bytes(file.size)}</span>
          </span>
        ) : (
          <span>{t("add.drop")}</span>
        )}
        <span class="drop-choose">{file ? t("add.another") : t("add.choose")}</span>
        <input
          id={id}
          type="file"
          aria-describedby={`${id}-help`}
          disabled={disabled}
          onChange={event => onFile(event.currentTarget.files?.[0] ?? null)}
        />
      </div>
      <p class="help" id={`${id}-help`}>
        {t("add.file_help")}
      </p>
      {error && (
        <p class="fault">
          <Icon name="warn" size={15} /> {error}
        </p>
      )}
    </div>
  );
}
