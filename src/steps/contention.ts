// Of the loop's own decisions, too: a loop that is told `changed meanwhile` again and again ends its activity, and begins anew in 30 seconds.
export { contention } from '../errors/contention.ts'
