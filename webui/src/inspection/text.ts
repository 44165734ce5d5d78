import { texts } from "../lib/i18n";
import en from "./en.json";

export const inspection = texts("inspection", en);
