// Every field of Kubernetes that names a Secret, a ServiceAccount or a SecretProviderClass. The list is that of the API reference, and not of the code.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
import { describe, expect, it } from 'vitest'
import { referencesIn } from '../../src/kubernetes/references.ts'

const container = (fields: object) => ({ name: 'c', image: 'i', ...fields })
const volume = (fields: object) => ({ volumes: [{ name: 'v', ...fields }] })
const secrets: readonly (readonly [string, object])[] = [
  ['envFrom', { containers: [container({ envFrom: [{ prefix: 'P_', secretRef: { name: 's', optional: true } }] })] }],
  ['env', { containers: [container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] })] }],
  ['init containers', { initContainers: [container({ envFrom: [{ secretRef: { name: 's' } }] })] }],
  [
    'ephemeral containers',
    { ephemeralContainers: [container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] })] },
  ],
  ['imagePullSecrets', { imagePullSecrets: [{ name: 's' }] }],
  ['secret volumes', volume({ secret: { secretName: 's' } })],
  ['projected volumes', volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }, { secret: { name: 's' } }] } })],
  ['CSI volumes', volume({ csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } })],
  ['Azure Files', volume({ azureFile: { secretName: 's', shareName: 'x' } })],
  ['CephFS', volume({ cephfs: { monitors: [], secretRef: { name: 's' } } })],
  ['Cinder', volume({ cinder: { volumeID: 'x', secretRef: { name: 's' } } })],
  ['FlexVolume', volume({ flexVolume: { driver: 'd', secretRef: { name: 's' } } })],
  ['iSCSI', volume({ iscsi: { targetPortal: 'x', secretRef: { name: 's' } } })],
  ['RBD', volume({ rbd: { image: 'x', secretRef: { name: 's' } } })],
  ['ScaleIO', volume({ scaleIO: { gateway: 'x', secretRef: { name: 's' } } })],
  ['StorageOS', volume({ storageos: { volumeName: 'x', secretRef: { name: 's' } } })],
  ['secrets of a ServiceAccount', { secrets: [{ name: 's' }] }],
  ['tls of an Ingress', { tls: [{ hosts: ['h'], secretName: 's' }] }],
  ['a ServiceBinding', { service: { apiVersion: 'v1', kind: 'Secret', name: 's' } }],
]

describe('references', () => {
  it.each(secrets)('to a Secret: %s', (_, spec) => {
    for (const shape of [spec, { template: { spec } }, { jobTemplate: { spec: { template: { spec } } } }])
      expect([...referencesIn(shape)]).toEqual([{ kind: 'Secret', name: 's' }])
  })

  it('to others, and none where a name is only a name', () => {
    expect([...referencesIn({ serviceAccountName: 'a', serviceAccount: 'a' })]).toEqual([
      { kind: 'ServiceAccount', name: 'a' },
      { kind: 'ServiceAccount', name: 'a' },
    ])
    expect([...referencesIn({ subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: 'n' }] })]).toEqual([
      { kind: 'ServiceAccount', name: 'a', namespace: 'n' },
    ])
    const csi = { driver: 'secrets-store.csi.k8s.io', volumeAttributes: { secretProviderClass: 'p' } }
    expect([...referencesIn(volume({ csi }))]).toEqual([{ kind: 'SecretProviderClass', name: 'p' }])
    expect([...referencesIn({ claimRef: {}, csi: { nodeStageSecretRef: { name: 's', namespace: 'n' } } })]).toEqual([
      { kind: 'Secret', name: 's', namespace: 'n' },
    ])
    const plain = { containers: [container({ env: [{ name: 's', value: 's' }] })], volumes: [{ name: 's', emptyDir: {} }] }
    expect([...referencesIn(plain)]).toEqual([])
  })
})
