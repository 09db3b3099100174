// Writes docs/operations.md from the code: each operation of each service's model, built or not, each
// setting and each metric.
// `node tools/operations.ts` writes it; `--check` exits 1 when it is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { flag, settings, variable } from '../src/config.ts'
import type { ServiceModel } from '../src/gen/model.ts'
import type { Operation } from '../src/operation.ts'
import { operationTables } from '../src/services.ts'
import { watchedMetrics } from '../src/status-routes.ts'

const path = join(import.meta.dirname, '../docs/operations.md')

/** The whole page. */
export function operationsPage(): string {
  return [
    '# Operations',
    '',
    'Generated from the code by `tools/operations.ts`; a test fails while it is stale.',
    '',
    'An operation that is not built is refused with `NotImplemented` (HTTP 501) and its refusal is recorded; nothing',
    'answers with an empty list for work not done. Commands not built: `query`, `doctor`, `cost`,',
    '`demo`: each says so and exits 1.',
    '',
    'PutInsightSelectors keeps what is asked for and GetInsightSelectors answers it; nothing detects Insights yet.',
    '',
    ...operationTables().flatMap(({ name, model, operations }) => section(name, model, operations)),
    '## Settings',
    '',
    '`contrail.yaml` (key), the environment, or a flag of `serve`; later wins. Secrets have no flag, as every user of a',
    'machine sees those. What is within `capture.proxies`, `ingest.feeds` and `ingest.follow` is told in',
    '[proxy](proxy.md) and [feeds](feeds.md).',
    '',
    '| key | environment | flag | default | what |',
    '|---|---|---|---|---|',
    ...Object.entries(settings).map(
      ([name, { default: value, help }]) =>
        `| \`${name}\` | ${shown(variable(name))} | ${shown(flag(name))} | ${shown(value)} | ${help} |`,
    ),
    '',
    '## Metrics',
    '',
    '`GET /metrics` answers these as Prometheus text. A counter holds 1,000 sets of labels; what comes with further ones',
    'is counted together, as `{other="true"}`.',
    '',
    '| name | type | labels | what |',
    '|---|---|---|---|',
    ...watchedMetrics.map(
      ({ name, type, labels = [], help }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    ),
    '',
  ].join('\n')
}

function section(
  name: string,
  model: ServiceModel,
  operations: Readonly<Record<string, Operation>>,
): string[] {
  const names = Object.keys(model.operations).sort()
  const built = names.filter((operation) => operation in operations)
  const rows = built.map((operation) => {
    const { access, action, unguarded, category = 'Management' } = operations[operation]!
    const actions = actionsOf(action ?? `${model.signingName}:${operation}`)
    const each = unguarded ? ' (asked of each thing)' : ''
    const allowedBy = unguarded && !action ? 'nobody is refused' : `${actions}${each}`
    return `| ${operation} | ${access} | ${category} | ${allowedBy} |`
  })
  const missing = names.filter((operation) => !(operation in operations))
  return [
    `## ${name}: ${built.length} of ${names.length}`,
    '',
    '| operation | access | event | allowed by |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...(missing.length > 0 ? [`Not built: ${missing.join(', ')}.`, ''] : []),
  ]
}

/** One, or one for each kind of call: without a version and with one. */
function actionsOf(action: NonNullable<Operation['action']>): string {
  if (typeof action === 'string') return `\`${action}\``
  return `\`${action({})}\`; of a version \`${action({ VersionId: 'v' })}\``
}

function shown(value: unknown): string {
  if (value === undefined || value === '') return ''
  return typeof value === 'string' ? `\`${value.replaceAll(' ', ', ')}\`` : '`{}`'
}

if (process.argv[1] === import.meta.filename) {
  if (!process.argv.includes('--check')) writeFileSync(path, operationsPage())
  else if (readFileSync(path, 'utf8') !== operationsPage()) {
    console.error('docs/operations.md is stale: run `$(./contrail --node) tools/operations.ts`')
    process.exit(1)
  }
}
