// Words that the pages of the policy share.
import { texts } from "../lib/i18n";
import en from "./en.json";

export const policy = texts("policy", en);
