// Files that people give to commands.
import { usage } from './exit.ts'

/** @throws CommandError */
export function jsonIn(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw usage(`${file === '-' ? 'Standard input' : file} is not JSON: ${(error as Error).message}`)
  }
}
