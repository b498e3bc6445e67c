// What a connection mounts into pods from a key vault, in the words of the Azure provider of the Secrets Store CSI driver.
// https://learn.microsoft.com/azure/aks/csi-secrets-store-configuration-options#provider-parameters

export const vaultObjectTypes = ['secret', 'key', 'cert'] as const

export type VaultObject = {
  readonly objectName: string
  readonly objectType: (typeof vaultObjectTypes)[number]
  /** The name of its file; absent: that of the object. */
  readonly objectAlias?: string
  /** Absent: the newest, whichever that is when a pod starts. */
  readonly objectVersion?: string
}

export const fileOf = ({ objectName, objectAlias }: VaultObject): string => objectAlias ?? objectName
