// Words that more than one page uses.
import { texts } from "../lib/i18n";
import en from "./en.json";

export const common = texts("common", en);
