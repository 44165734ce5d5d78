// Runs before the first paint, so that nobody who chose dark sees a white flash. Its own file, since the console's
// content security policy forbids script inside the page.
import { applyLook } from "./lib/look";

applyLook();
