// What an API server does, as tests that run against the simulated one (behaviours.test.ts) and against a real kube-apiserver
// (test/real). Where the two differ, the simulated one is wrong.
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Body, ConnectionInput, Target } from './target.ts'

const applyType = 'application/apply-patch+yaml'
const mergeType = 'application/merge-patch+json'
const metadataOnly = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const metadataListOnly = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
/** What kubectl 1.33 sent for `auth can-i delete secrets -n team-a`. */
const canI =
  'azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSQQoQCgASABoAIgAqADIAOABCABIjCiEKBnRlYW0tYRIGZGVsZXRlGgAiACoHc2VjcmV0czIAOgAaCAgAEgAaACAAGgAiAA=='
const someUid = '11111111-1111-1111-1111-111111111111'

const secret = (name: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...metadata },
  ...more,
})
const options = (more: object) => ({ apiVersion: 'v1', kind: 'DeleteOptions', ...more })
/** managedFields without their times, by manager. */
const managers = (object: Body): Record<string, unknown> =>
  Object.fromEntries((object.metadata.managedFields ?? []).map((row: Body) => [`${row.manager} ${row.operation}`, row.fieldsV1]))

export function behaviours(target: () => Target): void {
  const namespace = `t-${randomBytes(4).toString('hex')}`
  const secrets = `/api/v1/namespaces/${namespace}/secrets`
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  const ask = (method: string, path: string, asked?: ConnectionInput): Promise<Answer> => target().ask(method, path, asked)
  const apply = (name: string, body: object, query = 'fieldManager=conn', as: 'admin' | 'app' = 'admin'): Promise<Answer> =>
    ask('PATCH', `${secrets}/${name}?${query}`, { body, type: applyType, as })
  const failure = (answer: Answer) => ({ status: answer.status, reason: answer.body.reason, message: answer.body.message })

  beforeAll(async () => {
    const made = await ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } })
    expect(made).toMatchObject({
      status: 201,
      body: { kind: 'Namespace', spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    })
  })

  describe('discovery', () => {
    it('says its version, health, groups and resources', async () => {
      expect((await ask('GET', '/version')).body).toMatchObject({ major: '1', platform: 'linux/amd64' })
      expect((await ask('GET', '/readyz')).text).toBe('ok')
      expect((await ask('GET', '/healthz')).text).toBe('ok')
      expect((await ask('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
      expect((await ask('GET', '/apis')).body.groups.map((group: Body) => group.name)).toContain('authorization.k8s.io')
      expect((await ask('GET', '/apis/authorization.k8s.io/v1')).body).toMatchObject({ kind: 'APIResourceList' })
      const resources = (await ask('GET', '/api/v1')).body.resources as Body[]
      expect(resources.find(({ name }) => name === 'secrets')).toMatchObject({ kind: 'Secret', namespaced: true })
      expect(resources.find(({ name }) => name === 'serviceaccounts/token')).toMatchObject({ kind: 'TokenRequest', verbs: ['create'] })
    })

    it('answers plain text for an unknown group and a Status for an unknown resource', async () => {
      const group = await ask('GET', '/apis/none.example.com/v1')
      expect([group.status, group.text]).toEqual([404, '404 page not found\n'])
      const inGroup = await ask('GET', `/apis/none.example.com/v1/namespaces/${namespace}/nones/p`)
      expect([inGroup.status, inGroup.text]).toEqual([404, '404 page not found\n'])
      expect(failure(await ask('GET', '/api/v1/foos'))).toEqual({
        status: 404,
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
      })
      expect(failure(await ask('POST', `${secrets}/a`, { body: {} }))).toMatchObject({ status: 405, reason: 'MethodNotAllowed' })
    })
  })

  describe('server-side apply', () => {
    it('creates, changes nothing when said again, and drops a key that is not said any more', async () => {
      const labels = { labels: { 'app.kubernetes.io/managed-by': 'conn' } }
      const created = await apply('s1', secret('s1', { type: 'Opaque', data: { A: 'MQ==', B: 'Mg==' } }, labels))
      expect(created).toMatchObject({
        status: 201,
        body: { type: 'Opaque', data: { A: 'MQ==', B: 'Mg==' }, metadata: { namespace, ...labels } },
      })
      expect(managers(created.body)).toEqual({
        'conn Apply': {
          'f:data': { 'f:A': {}, 'f:B': {} },
          'f:metadata': { 'f:labels': { 'f:app.kubernetes.io/managed-by': {} } },
          'f:type': {},
        },
      })
      const again = await apply('s1', secret('s1', { type: 'Opaque', data: { A: 'MQ==', B: 'Mg==' } }, labels))
      expect(again.status).toBe(200)
      expect(again.body).toEqual(created.body)
      const less = await apply('s1', secret('s1', { type: 'Opaque', data: { A: 'MQ==' } }, labels))
      expect(less.body.data).toEqual({ A: 'MQ==' })
      expect(Number(less.body.metadata.resourceVersion)).toBeGreaterThan(Number(created.body.metadata.resourceVersion))
      expect(less.body.metadata.uid).toBe(created.body.metadata.uid)
    })

    it('tries without effect in a dry run', async () => {
      const tried = await apply('dry', secret('dry', { data: { A: 'MQ==' } }), 'fieldManager=conn&dryRun=All')
      expect(tried.status).toBe(201)
      expect(tried.body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
      expect(tried.body.metadata.resourceVersion).toBeUndefined()
      expect(failure(await ask('GET', `${secrets}/dry`))).toEqual({ status: 404, reason: 'NotFound', message: 'secrets "dry" not found' })
      expect(failure(await apply('dry', secret('dry'), 'fieldManager=conn&dryRun=Some'))).toEqual({
        status: 422,
        reason: 'Invalid',
        message: 'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"Some"}: supported values: "All"',
      })
    })

    it('keeps a key that was dropped from stringData: the trap', async () => {
      await apply('sd', secret('sd', { stringData: { A: '1', B: '2' } }))
      const dropped = await apply('sd', secret('sd', { stringData: { A: '1' } }))
      expect(dropped.body.data).toEqual({ A: 'MQ==', B: 'Mg==' })
      expect(managers(dropped.body)).toEqual({ 'conn Apply': { 'f:stringData': { 'f:A': {} } } })
    })

    it('refuses what another manager set otherwise, naming each field, and takes it over by force', async () => {
      await apply('fight', secret('fight', { data: { A: 'MQ==', B: 'MQ==' } }, { labels: { l: '1' } }))
      const other = secret('fight', { data: { A: 'Mg==', B: 'Mg==' } }, { labels: { l: '2' } })
      const refused = await apply('fight', other, 'fieldManager=other')
      expect(failure(refused)).toEqual({
        status: 409,
        reason: 'Conflict',
        message: 'Apply failed with 3 conflicts: conflicts with "conn":\n- .data.A\n- .data.B\n- .metadata.labels.l',
      })
      expect(refused.body.details.causes).toContainEqual({
        reason: 'FieldManagerConflict',
        message: 'conflict with "conn"',
        field: '.metadata.labels.l',
      })
      const forced = await apply('fight', other, 'fieldManager=other&force=true')
      expect(forced.body.data).toEqual({ A: 'Mg==', B: 'Mg==' })
      expect(Object.keys(managers(forced.body))).toEqual(['other Apply'])
    })

    it("removes its own keys by force and keeps a person's", async () => {
      await apply('human', secret('human', { data: { A: 'MQ==' } }))
      const edited = await ask('PATCH', `${secrets}/human?fieldManager=kubectl-edit`, {
        body: { data: { A: 'aGFuZA==', C: 'aHVtYW4=' } },
        type: mergeType,
      })
      expect(managers(edited.body)).toEqual({ 'kubectl-edit Update': { 'f:data': { 'f:A': {}, 'f:C': {} } } })
      expect(failure(await apply('human', secret('human', { data: { A: 'MQ==' } })))).toMatchObject({
        status: 409,
        message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.A',
      })
      const forced = await apply('human', secret('human', { data: { A: 'MQ==' } }), 'fieldManager=conn&force=true')
      expect(forced.body.data).toEqual({ A: 'MQ==', C: 'aHVtYW4=' })
      expect(managers(forced.body)).toEqual({
        'conn Apply': { 'f:data': { 'f:A': {} } },
        'kubectl-edit Update': { 'f:data': { 'f:C': {} } },
      })
    })

    it('shares what two managers say alike: it stays until neither says it', async () => {
      await apply('shared', secret('shared', { data: { A: 'MQ==' }, type: 'Opaque' }, { labels: { a: '1' } }))
      await apply('shared', secret('shared', { data: { A: 'MQ==', Z: 'MQ==' } }), 'fieldManager=other')
      const one = await apply('shared', secret('shared', { type: 'Opaque' }))
      expect(one.body.data).toEqual({ A: 'MQ==', Z: 'MQ==' })
      expect(one.body.metadata.labels).toBeUndefined()
      const none = await apply('shared', secret('shared', { type: 'Opaque' }), 'fieldManager=other')
      expect(none.body.data).toBeUndefined()
    })

    it('takes owners, finalizers and annotations, and takes them away again', async () => {
      const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'p', uid: someUid }
      const full = await apply(
        'meta',
        secret('meta', { type: 'Opaque' }, { annotations: { x: 'y' }, finalizers: ['f.io/x'], ownerReferences: [owner] }),
      )
      expect(full.body.metadata).toMatchObject({ annotations: { x: 'y' }, finalizers: ['f.io/x'], ownerReferences: [owner] })
      expect(managers(full.body)['conn Apply']).toEqual({
        'f:metadata': {
          'f:annotations': { 'f:x': {} },
          'f:finalizers': { 'v:"f.io/x"': {} },
          'f:ownerReferences': {
            [`k:{"uid":"${someUid}"}`]: { '.': {}, 'f:apiVersion': {}, 'f:kind': {}, 'f:name': {}, 'f:uid': {} },
          },
        },
        'f:type': {},
      })
      const bare = await apply('meta', secret('meta', { type: 'Opaque' }))
      expect(Object.keys(bare.body.metadata).sort()).toEqual([
        'creationTimestamp',
        'managedFields',
        'name',
        'namespace',
        'resourceVersion',
        'uid',
      ])
    })

    it('updates only the object that is meant: uid and resourceVersion in the body', async () => {
      const missing = await apply('gone', secret('gone', {}, { uid: someUid }))
      expect(failure(missing)).toEqual({
        status: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on secrets "gone": uid mismatch: the provided object specified uid ${someUid}, and no existing object was found`,
      })
      await apply('only', secret('only', { data: { A: 'MQ==' } }))
      expect(failure(await apply('only', secret('only', { data: { A: 'Mg==' } }, { uid: someUid })))).toMatchObject({
        status: 422,
        reason: 'Invalid',
      })
      expect(failure(await apply('only', secret('only', { data: { A: 'Mg==' } }, { resourceVersion: '1' })))).toEqual({
        status: 409,
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on secrets "only": the object has been modified; please apply your changes to the latest version and try again',
      })
    })

    it('reads YAML too', async () => {
      const made = await ask('PATCH', `${secrets}/yaml?fieldManager=conn`, {
        type: applyType,
        body: 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: yaml\ndata:\n  A: MQ==\n',
      })
      expect(made).toMatchObject({ status: 201, body: { data: { A: 'MQ==' } } })
    })

    it('refuses bodies that do not fit their URL or their kind', async () => {
      expect(failure(await apply('a', secret('a'), ''))).toEqual({
        status: 422,
        reason: 'Invalid',
        message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      })
      expect(failure(await apply('a', secret('b')))).toEqual({
        status: 400,
        reason: 'BadRequest',
        message: 'the name of the object (b) does not match the name on the URL (a)',
      })
      expect(failure(await apply('a', { apiVersion: 'v1', kind: 'Secret' })).message).toBe(
        'the name of the object (a based on URL) was undeterminable: name must be provided',
      )
      expect(failure(await apply('a', { kind: 'Secret', metadata: { name: 'a' } })).message).toBe(
        'Incorrect version specified in apply patch. Specified patch version: , expected: v1',
      )
      expect(failure(await apply('a', secret('a', {}, { namespace: 'zz' }))).message).toBe(
        `the namespace of the object (zz) does not match the namespace on the request (${namespace})`,
      )
      expect(failure(await apply('a', secret('a', {}, { managedFields: [] }))).message).toBe('metadata.managedFields must be nil')
      expect(failure(await apply('a', secret('a', { dataa: {} }))).message).toMatch(
        /^failed to create typed patch object.*: \.dataa: field not declared in schema$/,
      )
      expect(failure(await apply('a', secret('a', { data: { A: 1 } }))).message).toMatch(
        /^failed to create typed patch object.*: \.data\.A: expected string, got &value\.valueUnstructured\{Value:1\}$/,
      )
      expect(failure(await apply('a', secret('a', { data: { A: '***' } }))).message).toMatch(/illegal base64 data at input byte 0$/)
      expect(failure(await ask('GET', `${secrets}/a`)).status).toBe(404)
    })
  })

  describe('validation', () => {
    it.each([
      [
        'Bad_Name',
        {},
        {},
        `metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      ],
      ['x'.repeat(254), {}, {}, `metadata.name: Invalid value: "${'x'.repeat(254)}": must be no more than 253 characters`],
      [
        'v',
        { data: { 'A B': 'MQ==' } },
        {},
        `data[A B]: Invalid value: "A B": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      ],
      ['v', { data: { '..': 'MQ==' } }, {}, `data[..]: Invalid value: "..": must not be '..'`],
      ['v', { data: { A: Buffer.alloc(1_048_577).toString('base64') } }, {}, 'data: Too long: must have at most 1048576 bytes'],
      ['v', { type: 'kubernetes.io/tls' }, {}, '[data[tls.crt]: Required value, data[tls.key]: Required value]'],
      [
        'v',
        {},
        { labels: { x: 'y'.repeat(64) } },
        `metadata.labels: Invalid value: "${'y'.repeat(64)}": must be no more than 63 characters`,
      ],
      [
        'v',
        {},
        { labels: { x: 'a/b' } },
        `metadata.labels: Invalid value: "a/b": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      ],
      [
        'v',
        {},
        { labels: { 'bad key': '1' } },
        `metadata.labels: Invalid value: "bad key": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      ],
      ['v', {}, { annotations: { a: 'x'.repeat(262_144) } }, 'metadata.annotations: Too long: must have at most 262144 bytes'],
      [
        'v',
        {},
        { finalizers: ['x'] },
        'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
      ],
    ])('refuses %.12s %.20o %.20o', async (name, body, metadata, why) => {
      const refused = await apply(name, secret(name, body, metadata))
      expect(failure(refused)).toEqual({ status: 422, reason: 'Invalid', message: `Secret "${name}" is invalid: ${why}` })
      expect(refused.body.details).toMatchObject({ name, kind: 'Secret' })
    })

    it('takes exactly one mebibyte of data', async () => {
      const most = secret('most', { data: { A: Buffer.alloc(1_048_576).toString('base64') } })
      expect((await apply('most', most, 'fieldManager=conn&dryRun=All')).status).toBe(201)
    })

    it('never changes the type of a Secret, nor an immutable one', async () => {
      await apply('im', secret('im', { type: 'Opaque', data: { A: 'MQ==' }, immutable: true }))
      expect(failure(await apply('im', secret('im', { type: 'Opaque', data: { A: 'Mg==' }, immutable: true }))).message).toBe(
        'Secret "im" is invalid: data: Forbidden: field is immutable when `immutable` is set',
      )
      await apply('typed', secret('typed', { type: 'Opaque' }))
      expect(failure(await apply('typed', secret('typed', { type: 'x/y' }), 'fieldManager=conn&force=true'))).toEqual({
        status: 422,
        reason: 'Invalid',
        message: 'Secret "typed" is invalid: type: Invalid value: "x/y": field is immutable',
      })
    })
  })

  describe('create, replace and patch', () => {
    it('creates once, with stringData turned into data', async () => {
      const created = await ask('POST', `${secrets}?fieldManager=me`, {
        body: secret('post', { stringData: { A: '1' } }, { labels: { x: '1' } }),
      })
      expect(created).toMatchObject({ status: 201, body: { type: 'Opaque', data: { A: 'MQ==' } } })
      expect(managers(created.body)).toEqual({
        'me Update': { 'f:data': { '.': {}, 'f:A': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } }, 'f:type': {} },
      })
      expect(failure(await ask('POST', secrets, { body: secret('post') }))).toEqual({
        status: 409,
        reason: 'AlreadyExists',
        message: 'secrets "post" already exists',
      })
    })

    it('makes a name where only its beginning is given', async () => {
      const made = await ask('POST', secrets, { body: { apiVersion: 'v1', kind: 'Secret', metadata: { generateName: 'gen-' } } })
      expect(made.body.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/)
      expect(failure(await ask('POST', secrets, { body: { apiVersion: 'v1', kind: 'Secret', metadata: {} } })).message).toBe(
        'Secret "" is invalid: metadata.name: Required value: name or generateName is required',
      )
    })

    it('refuses bodies of another namespace, kind or media type', async () => {
      expect(failure(await ask('POST', secrets, { body: secret('b', {}, { namespace: 'other' }) }))).toMatchObject({
        status: 400,
        reason: 'BadRequest',
      })
      expect(failure(await ask('POST', secrets, { body: { ...secret('b'), kind: 'ConfigMap' } }))).toMatchObject({
        status: 400,
        reason: 'BadRequest',
      })
      expect(failure(await ask('POST', secrets, { body: 'no json' }))).toMatchObject({ status: 400, reason: 'BadRequest' })
      expect(failure(await ask('POST', secrets, { body: secret('b'), type: 'text/plain' }))).toMatchObject({
        status: 415,
        reason: 'UnsupportedMediaType',
      })
      expect(failure(await ask('PATCH', `${secrets}/post`, { body: {} }))).toMatchObject({ status: 415, reason: 'UnsupportedMediaType' })
    })

    it('replaces only what was read', async () => {
      const { body: before } = await ask('POST', secrets, { body: secret('put', { data: { A: 'MQ==' } }, { labels: { x: '1' } }) })
      const stale = secret('put', { data: { A: 'Mg==' } }, { resourceVersion: '1' })
      expect(failure(await ask('PUT', `${secrets}/put`, { body: stale }))).toMatchObject({ status: 409, reason: 'Conflict' })
      const other = secret('put', {}, { uid: someUid })
      expect(failure(await ask('PUT', `${secrets}/put`, { body: other })).message).toMatch(
        `UID in precondition: ${someUid}, UID in object meta: ${before.metadata.uid}`,
      )
      const replaced = await ask('PUT', `${secrets}/put`, { body: secret('put', { data: { B: 'Mg==' } }) })
      expect(replaced).toMatchObject({ status: 200, body: { data: { B: 'Mg==' }, metadata: { uid: before.metadata.uid } } })
      expect(replaced.body.metadata.labels).toBeUndefined()
      const again = await ask('PUT', `${secrets}/put`, { body: secret('put', { data: { B: 'Mg==' } }) })
      expect(again.body.metadata.resourceVersion).toBe(replaced.body.metadata.resourceVersion)
      expect((await ask('PUT', `${secrets}/nothing`, { body: secret('nothing') })).status).toBe(404)
    })

    it('merges, and patches by JSON pointers', async () => {
      await ask('POST', secrets, { body: secret('patch', { data: { A: 'MQ==', B: 'MQ==' } }) })
      const merged = await ask('PATCH', `${secrets}/patch`, {
        type: mergeType,
        body: { data: { B: null }, metadata: { annotations: { q: 'r' } } },
      })
      expect(merged.body).toMatchObject({ data: { A: 'MQ==' }, metadata: { annotations: { q: 'r' } } })
      expect(merged.body.data.B).toBeUndefined()
      const type = 'application/json-patch+json'
      const removed = await ask('PATCH', `${secrets}/patch`, { type, body: [{ op: 'remove', path: '/data/A' }] })
      expect(removed.body.data).toBeUndefined()
      expect((await ask('PATCH', `${secrets}/patch`, { type, body: [{ op: 'remove', path: '/data/Z' }] })).status).toBe(422)
      expect((await ask('PATCH', `${secrets}/patch`, { type, body: [{ op: 'test', path: '/type', value: 'x' }] })).status).toBe(422)
      expect((await ask('PATCH', `${secrets}/patch`, { type, body: {} })).status).toBe(400)
      const strategic = await ask('PATCH', `${secrets}/patch`, {
        type: 'application/strategic-merge-patch+json',
        body: { metadata: { labels: { s: '1' } } },
      })
      expect(strategic.body.metadata.labels).toEqual({ s: '1' })
      expect((await ask('PATCH', `${secrets}/patch?force=true`, { type: mergeType, body: {} })).status).toBe(422)
    })
  })

  describe('delete', () => {
    it('deletes exactly the object that was seen', async () => {
      const { body } = await apply('d1', secret('d1', { data: { A: 'MQ==' } }))
      const { uid, resourceVersion } = body.metadata
      expect(failure(await ask('DELETE', `${secrets}/d1`, { body: options({ preconditions: { uid: someUid } }) }))).toEqual({
        status: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on Secret "d1": the UID in the precondition (${someUid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
      })
      expect(failure(await ask('DELETE', `${secrets}/d1`, { body: options({ preconditions: { uid, resourceVersion: '1' } }) }))).toEqual({
        status: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on Secret "d1": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      })
      const deleted = await ask('DELETE', `${secrets}/d1`, { body: options({ preconditions: { uid, resourceVersion } }) })
      expect(deleted.body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'd1', kind: 'secrets', uid },
      })
      expect(failure(await ask('DELETE', `${secrets}/d1`))).toEqual({ status: 404, reason: 'NotFound', message: 'secrets "d1" not found' })
    })

    it('ignores the query when there is a body: a dry run in the query really deletes', async () => {
      const { body } = await apply('d2', secret('d2'))
      const { uid } = body.metadata
      expect((await ask('DELETE', `${secrets}/d2`, { body: options({ dryRun: ['All'], preconditions: { uid } }) })).status).toBe(200)
      expect((await ask('DELETE', `${secrets}/d2?dryRun=All`)).status).toBe(200)
      expect((await ask('GET', `${secrets}/d2`)).status).toBe(200)
      expect((await ask('DELETE', `${secrets}/d2?dryRun=All`, { body: options({ preconditions: { uid } }) })).status).toBe(200)
      expect((await ask('GET', `${secrets}/d2`)).status).toBe(404)
    })

    it('waits for finalizers', async () => {
      await apply('d3', secret('d3', { type: 'Opaque' }, { finalizers: ['f.io/x'] }))
      const marked = await ask('DELETE', `${secrets}/d3`)
      expect(marked.body).toMatchObject({ kind: 'Secret', metadata: { deletionGracePeriodSeconds: 0, finalizers: ['f.io/x'] } })
      expect(marked.body.metadata.deletionTimestamp).toBeDefined()
      expect((await ask('GET', `${secrets}/d3`)).status).toBe(200)
      expect((await apply('d3', secret('d3', { type: 'Opaque' }))).status).toBe(200)
      expect((await ask('GET', `${secrets}/d3`)).status).toBe(404)
    })

    it('answers a ServiceAccount with the object, and refuses unknown options', async () => {
      await ask('PATCH', `${accounts}/d4?fieldManager=conn`, {
        type: applyType,
        body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'd4' } },
      })
      expect((await ask('DELETE', `${accounts}/d4`, { body: options({ propagationPolicy: 'Never' }) })).body.message).toMatch(
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Never"',
      )
      expect((await ask('DELETE', `${accounts}/d4`)).body).toMatchObject({ kind: 'ServiceAccount', metadata: { name: 'd4' } })
    })

    it('deletes what a selector names', async () => {
      for (const n of ['1', '2']) await apply(`many-${n}`, secret(`many-${n}`, {}, { labels: { many: n } }))
      const deleted = await ask('DELETE', `${secrets}?labelSelector=many%3D1`)
      expect(deleted.body).toMatchObject({ kind: 'SecretList', items: [{ metadata: { name: 'many-1' } }] })
      expect((await ask('GET', `${secrets}/many-1`)).status).toBe(404)
      expect((await ask('GET', `${secrets}/many-2`)).status).toBe(200)
    })
  })

  describe('list', () => {
    const names = (answer: Answer): string[] => answer.body.items.map((item: Body) => item.metadata.name)
    beforeAll(async () => {
      for (const n of ['1', '2', '3']) await apply(`p${n}`, secret(`p${n}`, { data: { A: 'MQ==' } }, { labels: { n, all: 'y' } }))
    })

    it.each([
      ['n in (1,2)', ['p1', 'p2']],
      ['n notin (1,2),all=y', ['p3']],
      ['n', ['p1', 'p2', 'p3']],
      ['all,!n', []],
      ['n!=1,all==y', ['p2', 'p3']],
    ])('by label: %s', async (selector, wanted) => {
      expect(names(await ask('GET', `${secrets}?labelSelector=${encodeURIComponent(selector)}`))).toEqual(wanted)
    })

    it.each([
      ['labelSelector', 'a b', "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'"],
      ['labelSelector', '==', "found '==', expected: !, identifier, or 'end of string'"],
      ['fieldSelector', 'foo=1', 'field label not supported: foo'],
      ['fieldSelector', 'foo', "invalid selector: 'foo'; can't understand 'foo'"],
      ['limit', 'abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ])('refuses %s %s', async (option, value, message) => {
      expect(failure(await ask('GET', `${secrets}?${option}=${encodeURIComponent(value)}`))).toEqual({
        status: 400,
        reason: 'BadRequest',
        message,
      })
    })

    it('by field', async () => {
      expect(names(await ask('GET', `${secrets}?fieldSelector=metadata.name%3Dp1`))).toEqual(['p1'])
      expect(names(await ask('GET', `${secrets}?labelSelector=all&fieldSelector=metadata.name!%3Dp1,type%3DOpaque`))).toEqual(['p2', 'p3'])
    })

    it('in pages that show the state of the first one', async () => {
      const first = await ask('GET', `${secrets}?labelSelector=all&limit=2`)
      expect(names(first)).toEqual(['p1', 'p2'])
      expect(first.body).toMatchObject({ kind: 'SecretList', apiVersion: 'v1' })
      expect(first.body.items[0].kind).toBeUndefined()
      await ask('DELETE', `${secrets}/p3`)
      const second = await ask('GET', `${secrets}?labelSelector=all&limit=2&continue=${first.body.metadata.continue}`)
      expect(names(second)).toEqual(['p3'])
      expect(second.body.metadata.continue).toBeUndefined()
      expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion)
      const token = { v: 'meta.k8s.io/v1', rv: Number(first.body.metadata.resourceVersion), start: 'p2\u0000' }
      expect(JSON.parse(Buffer.from(first.body.metadata.continue, 'base64url').toString())).toEqual(token)
      expect(failure(await ask('GET', `${secrets}?limit=1&continue=garbage`))).toMatchObject({ status: 400, reason: 'BadRequest' })
    })

    it('without any value, when only metadata is asked for', async () => {
      const listed = await ask('GET', `${secrets}?labelSelector=all&limit=1`, { accept: `${metadataListOnly},application/json` })
      expect(listed.body).toMatchObject({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        items: [{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'p1', labels: { all: 'y' } } }],
      })
      expect(listed.text).not.toContain('MQ==')
      const none = await ask('GET', `${secrets}?labelSelector=nothing`, { accept: metadataListOnly })
      expect(none.body.items).toBe(null)
      const one = await ask('GET', `${secrets}/p1`, { accept: metadataOnly })
      expect(Object.keys(one.body)).toEqual(['kind', 'apiVersion', 'metadata'])
      expect((await ask('GET', `${secrets}/p1`, { accept: 'text/html' })).status).toBe(406)
    })

    it('over all namespaces', async () => {
      const listed = await ask('GET', '/api/v1/secrets?labelSelector=all&limit=1', { accept: metadataListOnly })
      expect(listed.body.items[0].metadata).toMatchObject({ name: 'p1', namespace })
      expect(Buffer.from(listed.body.metadata.continue, 'base64url').toString()).toContain(`${namespace}/p1`)
    })
  })

  describe('ServiceAccounts', () => {
    const account = (more: object = {}) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' }, ...more })

    it('own lists as their schema says', async () => {
      const body = account({ imagePullSecrets: [{ name: 'p' }], secrets: [{ name: 'q' }] })
      const made = await ask('PATCH', `${accounts}/sa?fieldManager=conn`, { type: applyType, body })
      expect(managers(made.body)).toEqual({
        'conn Apply': { 'f:imagePullSecrets': {}, 'f:secrets': { 'k:{"name":"q"}': { '.': {}, 'f:name': {} } } },
      })
      const refused = await ask('PATCH', `${accounts}/sa?fieldManager=other`, {
        type: applyType,
        body: account({ imagePullSecrets: [{ name: 'r' }] }),
      })
      expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "conn": .imagePullSecrets')
      const more = await ask('PATCH', `${accounts}/sa?fieldManager=other`, { type: applyType, body: account({ secrets: [{ name: 's' }] }) })
      expect(more.body.secrets).toEqual([{ name: 'q' }, { name: 's' }])
    })

    it('give tokens for an audience and a time', async () => {
      const spec = { audiences: ['api://AzureADTokenExchange'], expirationSeconds: 600 }
      const made = await ask('POST', `${accounts}/sa/token`, {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
      })
      expect(made).toMatchObject({ status: 201, body: { kind: 'TokenRequest', spec } })
      const [header, claims] = made.body.status.token.split('.').slice(0, 2).map(parsedPart)
      expect(header).toMatchObject({ alg: 'RS256' })
      expect(header.kid).toMatch(/^[\w-]{43}$/)
      expect(claims).toMatchObject({
        aud: ['api://AzureADTokenExchange'],
        sub: `system:serviceaccount:${namespace}:sa`,
        'kubernetes.io': { namespace, serviceaccount: { name: 'sa' } },
      })
      expect(claims.exp - claims.iat).toBe(600)
      expect((Date.parse(made.body.status.expirationTimestamp) / 1000) | 0).toBe(claims.exp)
    })

    it('give no short ones, and none for an account that is not there', async () => {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['x'], expirationSeconds: 60 } }
      expect(failure(await ask('POST', `${accounts}/sa/token`, { body }))).toEqual({
        status: 422,
        reason: 'Invalid',
        message:
          'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      })
      expect(failure(await ask('POST', `${accounts}/none/token`, { body: { spec: {} } }))).toEqual({
        status: 404,
        reason: 'NotFound',
        message: 'serviceaccounts "none" not found',
      })
      expect((await ask('GET', `${accounts}/sa/token`)).status).toBe(405)
    })
  })

  describe('access', () => {
    it('answers 401 to whom it does not know', async () => {
      const answer = await ask('GET', secrets, { as: 'nobody' })
      expect(answer.status).toBe(401)
      expect(answer.body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      })
    })

    it('says exactly what is missing', async () => {
      const cannot = (what: string, where = `in the namespace "${namespace}"`) => `User "app" cannot ${what} in API group "" ${where}`
      const refused = await apply('x', secret('x'), 'fieldManager=conn', 'app')
      expect(failure(refused)).toEqual({
        status: 403,
        reason: 'Forbidden',
        message: `secrets "x" is forbidden: ${cannot('patch resource "secrets"')}`,
      })
      expect(refused.body.details).toEqual({ name: 'x', kind: 'secrets' })
      const message = async (method: string, path: string, body?: object) =>
        (await ask(method, path, { as: 'app', ...(body ? { body } : {}) })).body.message
      expect(await message('GET', secrets)).toBe(`secrets is forbidden: ${cannot('list resource "secrets"')}`)
      expect(await message('POST', secrets, secret('x'))).toBe(`secrets is forbidden: ${cannot('create resource "secrets"')}`)
      expect(await message('DELETE', secrets)).toBe(`secrets is forbidden: ${cannot('deletecollection resource "secrets"')}`)
      expect(await message('DELETE', `${secrets}/p1`)).toBe(`secrets "p1" is forbidden: ${cannot('delete resource "secrets"')}`)
      expect(await message('GET', '/api/v1/secrets')).toBe(
        `secrets is forbidden: ${cannot('list resource "secrets"', 'at the cluster scope')}`,
      )
      expect(await message('GET', '/api/v1/namespaces')).toBe(
        `namespaces is forbidden: ${cannot('list resource "namespaces"', 'at the cluster scope')}`,
      )
      expect(await message('GET', `/api/v1/namespaces/${namespace}`)).toBe(
        `namespaces "${namespace}" is forbidden: ${cannot('get resource "namespaces"')}`,
      )
      expect(await message('POST', `${accounts}/sa/token`, {})).toBe(
        `serviceaccounts "sa" is forbidden: ${cannot('create resource "serviceaccounts/token"')}`,
      )
      expect(await message('GET', '/foo')).toBe('forbidden: User "app" cannot get path "/foo"')
    })

    it('lets an apply create only with both rights, and reviews say so', async () => {
      const review = async (verb: string) => {
        const spec = { resourceAttributes: { namespace, verb, resource: 'secrets' } }
        const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec }
        const answer = await ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body, as: 'app' })
        expect(answer).toMatchObject({ status: 201, body: { kind: 'SelfSubjectAccessReview', spec } })
        return answer.body.status.allowed
      }
      expect(await review('patch')).toBe(false)
      await target().grant(namespace, { resources: ['secrets'], verbs: ['get', 'patch'] })
      await expect.poll(() => review('patch')).toBe(true)
      expect(await review('create')).toBe(false)
      expect((await apply('p1', secret('p1', { data: { B: 'MQ==' } }), 'fieldManager=app', 'app')).status).toBe(200)
      expect(failure(await apply('fresh', secret('fresh'), 'fieldManager=app', 'app'))).toEqual({
        status: 403,
        reason: 'Forbidden',
        message: 'secrets "fresh" is forbidden: ',
      })
      await target().grant(namespace, { resources: ['secrets'], verbs: ['create'] })
      await expect.poll(() => review('create')).toBe(true)
      expect((await apply('fresh', secret('fresh'), 'fieldManager=app', 'app')).status).toBe(201)
    })
  })

  describe('ConfigMaps and Events', () => {
    const maps = `/api/v1/namespaces/${namespace}/configmaps`
    const map = (name: string, data: object, metadata: object = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, ...metadata },
      data,
    })

    it('keep the keys of two managers apart, and what both say until neither does', async () => {
      const labels = { labels: { team: 'x' } }
      const say = (manager: string, body: object) => ask('PATCH', `${maps}/shared?fieldManager=${manager}`, { body, type: applyType })
      expect((await say('a', map('shared', { one: 'plain text, no base64' }, labels))).status).toBe(201)
      expect((await say('b', map('shared', { two: '2' }, labels))).body.data).toEqual({ one: 'plain text, no base64', two: '2' })
      const { data: _, ...less } = map('shared', {})
      const left = await say('a', less)
      expect(left.body).toMatchObject({ data: { two: '2' }, metadata: labels })
      expect(Object.keys(managers(left.body))).toEqual(['b Apply'])
    })

    it('have keys as Secrets have, and text as values', async () => {
      expect((await ask('POST', maps, { body: map('bad', { 'a b': '1' }) })).status).toBe(422)
      expect((await ask('POST', maps, { body: map('bad', { a: 1 }) })).status).toBe(400)
    })

    it('are deleted with their version as precondition', async () => {
      const made = await ask('POST', maps, { body: map('gone', { a: '1' }) })
      const { uid, resourceVersion } = made.body.metadata
      await ask('PATCH', `${maps}/gone`, { body: { data: { b: '2' } }, type: mergeType })
      const refused = await ask('DELETE', `${maps}/gone`, { body: options({ preconditions: { uid, resourceVersion } }) })
      expect(failure(refused)).toMatchObject({ status: 409, reason: 'Conflict' })
    })

    it('of Events must lie where what they are about lies', async () => {
      const event = (about: string) => ({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `e-${about}` },
        involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'shared', namespace: about },
        reason: 'R',
        message: 'm',
        type: 'Normal',
        count: 1,
      })
      const events = `/api/v1/namespaces/${namespace}/events`
      expect(await ask('POST', events, { body: event(namespace) })).toMatchObject({ status: 201, body: { count: 1, reason: 'R' } })
      expect(failure(await ask('POST', events, { body: event('another') }))).toMatchObject({
        status: 422,
        message: expect.stringContaining('does not match event.namespace'),
      })
    })
  })

  it("reads kubectl's protobuf", async () => {
    const body = Buffer.from(canI, 'base64')
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const reviewed = await ask('POST', path, { body, type: 'application/vnd.kubernetes.protobuf' })
    expect(reviewed).toMatchObject({ status: 201, body: { status: { allowed: true } } })
    expect(reviewed.body.spec.resourceAttributes).toEqual({ namespace: 'team-a', verb: 'delete', resource: 'secrets' })
  })

  describe('namespaces', () => {
    it('that are missing are 404 to an administrator and 403 to everyone else', async () => {
      const path = '/api/v1/namespaces/nope/secrets/x?fieldManager=conn'
      expect(failure(await ask('PATCH', path, { type: applyType, body: secret('x') }))).toEqual({
        status: 404,
        reason: 'NotFound',
        message: 'namespaces "nope" not found',
      })
      expect((await ask('PATCH', path, { type: applyType, body: secret('x'), as: 'app' })).status).toBe(403)
      expect((await ask('GET', '/api/v1/namespaces/nope/secrets')).body.items).toEqual([])
      expect(failure(await ask('GET', '/api/v1/namespaces/nope/secrets/x')).message).toBe('secrets "x" not found')
    })

    it('have names that are labels', async () => {
      const refused = await ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'T_1' } } })
      expect(failure(refused).message).toBe(
        `Namespace "T_1" is invalid: metadata.name: Invalid value: "T_1": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
      )
    })

    it('that are being deleted take nothing new, but let what is there change', async () => {
      const name = `${namespace}-end`
      const inside = `/api/v1/namespaces/${name}/secrets`
      await ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } })
      await ask('POST', inside, { body: secret('old') })
      const deleted = await ask('DELETE', `/api/v1/namespaces/${name}`)
      expect(deleted).toMatchObject({ status: 200, body: { kind: 'Namespace', status: { phase: 'Terminating' } } })
      expect(deleted.body.metadata.deletionTimestamp).toBeDefined()
      const refused = await ask('PATCH', `${inside}/new?fieldManager=conn`, { type: applyType, body: secret('new') })
      expect(failure(refused)).toEqual({
        status: 403,
        reason: 'Forbidden',
        message: `secrets "new" is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
      })
      expect(refused.body.details.causes).toEqual([
        { reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' },
      ])
      expect(
        (await ask('PATCH', `${inside}/old?fieldManager=conn`, { type: applyType, body: secret('old', { data: { A: 'MQ==' } }) })).status,
      ).toBe(200)
      expect((await ask('DELETE', '/api/v1/namespaces/kube-system')).body.message).toBe(
        'namespaces "kube-system" is forbidden: this namespace may not be deleted',
      )
    })
  })
}

const parsedPart = (part: string): Body => JSON.parse(Buffer.from(part, 'base64url').toString())
