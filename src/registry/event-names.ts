import type { OperationModel, ServiceModel } from '../gen/model.ts'
import { ownValue } from '../wire/own-value.ts'

/**
 * Signing names whose records have another event source, as far as real records and AWS's list show
 * (`capture-and-neighbours.md` A.2).
 */
const eventSources: Readonly<Record<string, string>> = {
  'application-autoscaling': 'autoscaling',
  awsssoportal: 'sso',
  'sso-oauth': 'sso',
  's3-object-lambda': 's3',
  'servicecatalog-appregistry': 'servicecatalog-appregistry',
}

/** `monitoring.amazonaws.com`: most are named as the scope is. `name` is the model's. */
export function eventSourceOf(signingName: string, name = signingName): string {
  const source = ownValue(eventSources, name) ?? ownValue(eventSources, signingName)
  return `${source ?? signingName}.amazonaws.com`
}

/** Lambda's operations whose second version is recorded, and those that have no date. */
const lambdaSecond = new Set([
  'AddPermission',
  'GetFunction',
  'GetFunctionConfiguration',
  'GetPolicy',
  'RemovePermission',
  'TagResource',
  'UntagResource',
  'UpdateFunctionCode',
  'UpdateFunctionConfiguration',
])
const lambdaUndated = new Set(['Invoke', 'InvokeAsync', 'InvokeWithResponseStream'])
/** Operations that came later are recorded by their name alone. */
const lambdaLastDated = '2018-10-31'

/**
 * CloudTrail's name for an operation: Lambda's older ones carry the date of their path. S3's own names are
 * given where its records are shaped.
 */
export function eventNameOf(operation: string, model: ServiceModel | undefined): string {
  const found = model && ownValue(model.operations, operation)
  if (!found) return operation
  return model.signingName === 'lambda' ? lambdaName(operation, found) : operation
}

function lambdaName(operation: string, { http }: OperationModel): string {
  const date = /^\/(\d{4}-\d\d-\d\d)\//.exec(http?.uri ?? '')?.[1]
  if (!date || date > lambdaLastDated || lambdaUndated.has(operation)) return operation
  return `${operation}${date.replaceAll('-', '')}${lambdaSecond.has(operation) ? 'v2' : ''}`
}
