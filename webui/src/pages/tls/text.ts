import { texts } from "../../lib/i18n";
import en from "./en.json";

export const tls = texts("tls", en);
