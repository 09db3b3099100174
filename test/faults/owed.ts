// What trails owe, read off the journal alone: each record in turn is held against every trail as the records of
// CloudTrail's own calls before it have made it. Slow, plain, and nothing of the program's own code: a second
// reading of AWS's rules.
import type { readSegments } from './verify.ts'

type Line = ReturnType<typeof readSegments>[number]
type Fields = Record<string, any>

type Trail = {
  name: string
  region: string
  bucket: string
  logging: boolean
  multi: boolean
  global: boolean
  recursive: boolean
  basic: Fields[] | undefined
  advanced: Fields[] | undefined
}

/** Event ids owed to each bucket, in the order of the journal. */
export function owedByBucket(lines: readonly Line[]): Map<string, string[]> {
  const trails = new Map<string, Trail>()
  const owed = new Map<string, string[]>()
  for (const { from, record } of lines) {
    for (const trail of trails.values()) {
      if (!isOwed(trail, record, from)) continue
      if (!owed.has(trail.bucket)) owed.set(trail.bucket, [])
      owed.get(trail.bucket)!.push(record['eventID'])
    }
    const isCall = from === 'own' && record['eventSource'] === 'cloudtrail.amazonaws.com'
    if (isCall && record['errorCode'] === undefined) change(trails, record)
  }
  return owed
}

function change(trails: Map<string, Trail>, record: Fields): void {
  const asked: Fields = record['requestParameters'] ?? {}
  const name: string = asked['name'] ?? asked['trailName']
  const trail = trails.get(name)
  switch (record['eventName']) {
    case 'CreateTrail':
      trails.set(name, {
        name,
        region: record['awsRegion'],
        bucket: asked['s3BucketName'],
        logging: false,
        multi: asked['isMultiRegionTrail'] ?? false,
        global: asked['includeGlobalServiceEvents'] ?? true,
        recursive: asked['recursiveLogging'] ?? false,
        basic: [{}],
        advanced: undefined,
      })
      return
    case 'UpdateTrail':
      trail!.multi = asked['isMultiRegionTrail'] ?? trail!.multi
      trail!.global = asked['includeGlobalServiceEvents'] ?? trail!.global
      return
    case 'StartLogging':
      trail!.logging = true
      return
    case 'StopLogging':
      trail!.logging = false
      return
    case 'DeleteTrail':
      trails.delete(name)
      return
    case 'PutEventSelectors':
      trail!.basic = asked['eventSelectors']
      trail!.advanced = asked['advancedEventSelectors']
  }
}

function isOwed(trail: Trail, record: Fields, from: string): boolean {
  if (!trail.logging) return false
  if (from === 'delivery' && !trail.recursive) return false
  if (!trail.multi && record['awsRegion'] !== trail.region) return false
  const isGlobal = record['eventSource'] === 'iam.amazonaws.com'
  if (isGlobal && !trail.global) return false
  if (trail.basic) return trail.basic.some((one) => basicTakes(one, record))
  return trail.advanced!.some((one) => advancedTakes(one, record))
}

function basicTakes(selector: Fields, record: Fields): boolean {
  const wanted = selector['readWriteType'] ?? 'All'
  if (wanted === 'ReadOnly' && record['readOnly'] !== true) return false
  if (wanted === 'WriteOnly' && record['readOnly'] !== false) return false
  if (record['eventCategory'] === 'Management') {
    const excluded: string[] = selector['excludeManagementEventSources'] ?? []
    if (selector['includeManagementEvents'] === false) return false
    return !excluded.includes(record['eventSource'])
  }
  if (record['eventCategory'] !== 'Data') return false
  const resources: Fields[] = record['resources'] ?? []
  for (const { type, values } of selector['dataResources'] ?? []) {
    for (const value of values as string[]) {
      for (const resource of resources) {
        if (resource['type'] !== type) continue
        if (type !== 'AWS::S3::Object') throw new Error(`No rule here for ${type}`)
        if (value === 'arn:aws:s3' || value === 'arn:aws:s3:::') return true
        if (resource['ARN'].startsWith(value)) return true
      }
    }
  }
  return false
}

function advancedTakes(selector: Fields, record: Fields): boolean {
  const fields: Fields[] = selector['fieldSelectors']
  const typeField = fields.find((one) => one['field'] === 'resources.type')
  const type = typeField?.['equals'][0]
  for (const field of fields) {
    if (!fieldTakes(field, fieldValue(record, field['field'], type))) return false
  }
  return true
}

function fieldValue(record: Fields, field: string, type: string | undefined): string | undefined {
  const resources: Fields[] = record['resources'] ?? []
  if (field === 'resources.type') {
    return resources.some((one) => one['type'] === type) ? type : undefined
  }
  if (field === 'resources.ARN') return resources.find((one) => one['type'] === type)?.['ARN']
  if (field === 'userIdentity.arn') return record['userIdentity']?.arn
  return record[field] === undefined ? undefined : String(record[field])
}

function fieldTakes(field: Fields, value: string | undefined): boolean {
  const any = (name: string, test: (wanted: string) => boolean): boolean =>
    ((field[name] ?? []) as string[]).some(test)
  const selects = ['equals', 'startsWith', 'endsWith'].some((name) => field[name] !== undefined)
  const found = value ?? ''
  const isSelected =
    value !== undefined &&
    (any('equals', (wanted) => found === wanted) ||
      any('startsWith', (wanted) => found.startsWith(wanted)) ||
      any('endsWith', (wanted) => found.endsWith(wanted)))
  const isDeselected =
    value !== undefined &&
    (any('notEquals', (wanted) => found === wanted) ||
      any('notStartsWith', (wanted) => found.startsWith(wanted)) ||
      any('notEndsWith', (wanted) => found.endsWith(wanted)))
  return (!selects || isSelected) && !isDeselected
}
