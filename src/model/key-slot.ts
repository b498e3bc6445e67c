// Which of the two keys of a resource. Azure gives every resource with keys two of them, so that one can be regenerated while the other is in use:
// https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage#manually-rotate-access-keys

export const keySlots = ['primary', 'secondary'] as const
export type KeySlot = (typeof keySlots)[number]

/** What connections use before the first rotation. */
export const firstSlot: KeySlot = 'primary'
export const otherSlot = (slot: KeySlot): KeySlot => (slot === 'primary' ? 'secondary' : 'primary')
