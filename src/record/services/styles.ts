/** How a service's members are recorded; what is absent is as with most services. */
export type Style = Readonly<{
  /** Members have the model's capitals; else their first letter is lower. */
  capitals?: true
  /** `java`: `Nov 21, 2026, 4:44:23 AM`; ISO 8601 where absent. */
  times?: 'java' | 'millis'
  /** An answer's only member is not there, and its members are in its place: RDS. */
  unwrapped?: true
  /** Their records have one; `model`: the version of the API that was called. */
  apiVersion?: string
}>

const java: Style = { times: 'java' }
const capitals: Style = { capitals: true }

/** By event source without its domain (`capture-and-neighbours.md` A.3). */
const styles: Readonly<Record<string, Style>> = {
  account: capitals,
  appmesh: { ...java, apiVersion: '2019-01-25' },
  autoscaling: java,
  ce: capitals,
  cloudformation: java,
  cloudtrail: java,
  'devops-guru': capitals,
  elasticfilesystem: { apiVersion: 'model' },
  elasticloadbalancing: { ...java, apiVersion: 'model' },
  es: java,
  iam: java,
  kms: java,
  logs: { apiVersion: '20140328' },
  monitoring: java,
  rds: { ...java, unwrapped: true },
  'resource-explorer-2': capitals,
  route53: { apiVersion: 'model' },
  ssm: java,
  sts: java,
}

/** The style of a service by its event source. */
export function styleOf(eventSource: string): Style {
  return styles[eventSource.split('.')[0]!] ?? {}
}
