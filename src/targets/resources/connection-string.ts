// Where messaging services and SignalR list the connection string of each of their two keys.
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import type { KeySlot } from '../../model/key-slot.ts'

export const connectionStringName = (slot: KeySlot): string => `${slot}ConnectionString`

export function connectionStringIn(answer: unknown, slot: KeySlot): string {
  const name = connectionStringName(slot)
  return inShape(z.looseObject({ [name]: z.string().min(1) }), answer)[name] ?? ''
}
