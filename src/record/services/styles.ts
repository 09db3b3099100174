import type { Times } from '../recorded-time.ts'

/** How a service's members are recorded; what is absent is as with most services. */
export type Style = Readonly<{
  /** Members have the model's capitals, and times are numbers; else their first letter is lower. */
  capitals?: true
  /** Java's where absent, but for members that are ISO 8601 on the wire. */
  times?: Times
  /** An answer's only member is not there, and its members are in its place. */
  unwrapped?: true
  /** Their records have one; `model`: the version of the API that was called. */
  apiVersion?: string
  /** By operation, the only members of its answer that are shown, and their names. */
  answers?: Readonly<Record<string, Readonly<Record<string, string>>>>
}>

const capitals: Style = { capitals: true, times: 'seconds' }
/** Of calls with a secret's value only this is shown. */
const secretsArn = { ARN: 'arn' }

/** By event source without its domain (`capture-and-neighbours.md` A.3). */
const styles: Readonly<Record<string, Style>> = {
  account: capitals,
  appmesh: { apiVersion: '2019-01-25' },
  ce: capitals,
  cloudfront: { apiVersion: '2020_05_31' },
  'devops-guru': capitals,
  elasticfilesystem: { apiVersion: 'model' },
  elasticloadbalancing: { apiVersion: 'model' },
  lambda: { times: 'iso' },
  logs: { apiVersion: '20140328' },
  rds: { unwrapped: true },
  'resource-explorer-2': capitals,
  route53: { apiVersion: 'model' },
  secretsmanager: { answers: { CreateSecret: secretsArn, PutSecretValue: secretsArn } },
}

/** The style of a service by its event source. */
export function styleOf(eventSource: string): Style {
  return styles[eventSource.split('.')[0]!] ?? {}
}
