// Requests over time as stacked bars by verdict. uPlot draws them, in a chunk of its own that is fetched beside the
// page's data; its place is kept until then.
import { lazy } from "./lazy";
import { Skeleton } from "./states";
import type { VerdictPlotProps } from "./verdict-plot";

const load = () => import("./verdict-plot");
load().catch(() => undefined); // what fails here is told where the chart would be

export const VerdictChart = lazy<VerdictPlotProps>(load, ({ height, axes }) => (
  <div class="chart" style={{ blockSize: `${axes ? height : height + 16}px` }}>
    <Skeleton kind="chart" rows={axes ? 24 : 48} />
  </div>
));
