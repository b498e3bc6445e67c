// A Dapr component, and where it needs a key, the Secret that it refers to. https://docs.dapr.io/operations/components/component-secrets/
import { daprComponentName, daprSecretName } from '../../../model/names.ts'
import { daprRows } from '../../../targets/dapr.ts'
import { valuesOf } from '../../../targets/secret-table.ts'
import { secretInputOf } from '../../../targets/secret-values.ts'
import { targetTypeOf } from '../credentials.ts'
import type { Shape } from './part.ts'

export const daprComponent: Shape = (self) => {
  const { dapr, auth, name } = self
  const found = dapr && targetTypeOf(self).dapr?.find(({ componentType }) => componentType === dapr.componentType)
  if (!dapr || !found) return []
  const rows = daprRows(found, auth)
  const secretName = daprSecretName(name)
  const keys = Object.keys(rows.secret)
  return [
    ...(keys.length > 0
      ? [
          {
            kind: 'Secret' as const,
            name: secretName,
            data: (known: Parameters<typeof secretInputOf>[1], credentials: Parameters<typeof secretInputOf>[2]) =>
              valuesOf(rows.secret, secretInputOf(self, known, credentials)),
          },
        ]
      : []),
    {
      kind: 'Component',
      name: daprComponentName(name),
      fields: (known) => ({
        spec: {
          type: found.componentType,
          version: dapr.version,
          metadata: [
            // None of these is a credential.
            ...Object.entries(valuesOf(rows.metadata, secretInputOf(self, known, {}))).map(([key, value]) => ({
              name: key,
              value: plain(value),
            })),
            ...keys.map((key) => ({ name: key, secretKeyRef: { name: secretName, key } })),
            ...dapr.metadata,
          ],
        },
        ...(dapr.scopes.length > 0 ? { scopes: dapr.scopes } : {}),
      }),
    },
  ]
}

function plain(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('The metadata of a Dapr component must not be secret')
  return value
}
