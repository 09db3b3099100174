// What OCSF 1.3.0 requires of an API Activity event with the cloud profile, as a check of our own making:
// https://schema.ocsf.io/1.3.0/classes/api_activity
type Value = any

const integer = (value: Value) => Number.isSafeInteger(value)
const text = (value: Value) => typeof value === 'string' && value !== ''
const oneOf = (value: Value, names: readonly string[]) => names.some((name) => text(value?.[name]))

/** The attributes that are missing or wrong; none for a valid event. */
export function ocsfFaults(event: Value): string[] {
  const { metadata, actor, api, src_endpoint: source, cloud } = event
  const checks: Record<string, boolean> = {
    activity_id: [0, 1, 2, 3, 4, 99].includes(event.activity_id),
    category_uid: event.category_uid === 6,
    class_uid: event.class_uid === 6003,
    type_uid: event.type_uid === 600_300 + event.activity_id,
    severity_id: [0, 1, 2, 3, 4, 5, 6, 99].includes(event.severity_id),
    time: integer(event.time),
    status_id: [0, 1, 2, 99].includes(event.status_id),
    'metadata.version': metadata?.version === '1.3.0',
    'metadata.product.vendor_name': text(metadata?.product?.vendor_name),
    'metadata.profiles': metadata?.profiles?.includes('cloud'),
    'actor.user.type_id': [0, 1, 2, 3, 99].includes(actor?.user?.type_id),
    'actor.user: account, name or uid':
      oneOf(actor?.user, ['name', 'uid']) || text(actor?.user?.account?.uid),
    'actor.session.created_time':
      actor?.session?.created_time === undefined || integer(actor.session.created_time),
    'actor.idp.name': actor?.idp === undefined || text(actor.idp.name),
    'api.operation': text(api?.operation),
    'api.request.uid': api?.request === undefined || text(api.request.uid),
    'api.service': api?.service === undefined || oneOf(api.service, ['name', 'uid']),
    src_endpoint: oneOf(source, ['ip', 'uid', 'name', 'hostname', 'svc_name']),
    'cloud.provider': text(cloud?.provider),
    'resources: name or uid':
      event.resources === undefined ||
      event.resources.every((one: Value) => oneOf(one, ['name', 'uid'])),
  }
  return Object.entries(checks).flatMap(([name, isRight]) => (isRight ? [] : [name]))
}
