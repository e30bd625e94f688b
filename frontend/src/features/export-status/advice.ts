/** What helps against an error that ended an export, by its code. */
const ADVICE: Record<string, string> = {
  reject_ratio_exceeded:
    'Clone opens the config in the form: leave the damaged rows out by a condition, choose a lower validation, or allow a higher share of rejected rows. Retry helps once the rows are mended.',
  disk_full: 'Free some space on the disk of the exports, then Retry goes on from what was finished.',
  output_unwritable: 'Let the service write to the folder of the exports, then Retry.',
  output_occupied: 'The folder holds something else. Empty it or run the config again as a new export.',
  worker_died:
    'A worker process died every time, most often for want of memory: clone it with a smaller batch size, or Retry when the machine has more to spare.',
  database_unreachable: 'When the database answers again, Retry goes on from what was finished.',
  database_locked: 'Another program writes to the database. When it is done, Retry goes on.',
  config_invalid: 'Clone opens the config in the form, which shows what is wrong with it.',
}

const USUAL =
  'When the reason is gone, Retry goes on from what was finished; Clone opens the same config in the form.'

export function adviceFor(code: string | null | undefined): string {
  return ADVICE[code ?? ''] ?? USUAL
}
