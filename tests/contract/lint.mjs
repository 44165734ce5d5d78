// lint - is the document itself good OpenAPI: Redocly's recommended rules, all of them as errors. Prints what is
// wrong, one a line; exit status 1 when anything is.
import { createConfig, lint } from '@redocly/openapi-core';

const config = await createConfig({ extends: ['recommended-strict'] });
const problems = await lint({ ref: process.argv[2], config });
for (const { ruleId, message, location } of problems) {
  console.log(`${location[0]?.pointer ?? ''}: ${message} (${ruleId})`);
}
process.exit(problems.length > 0 ? 1 : 0);
