/** Advice for the error of a failed export, by its code. */
const ADVICE: Record<string, string> = {
  reject_ratio_exceeded:
    'Clone the export and exclude the damaged rows with a condition, lower the validation level, or raise the maximum reject ratio. If you repair the rows, retry.',
  nothing_matched: 'No row matched. Clone the export and change its dates, filters or processes.',
  disk_full:
    'Free disk space in the exports folder, then retry. The export resumes from the finished partitions.',
  output_unwritable: 'Allow the service to write to the exports folder, then retry.',
  output_occupied: 'The folder contains other files. Empty it, or run the config again as a new export.',
  worker_died:
    'A worker process died in every attempt, usually because memory ran out. Clone the export with a smaller batch size, or retry when more memory is free.',
  database_unreachable:
    'Retry when the database responds again. The export resumes from the finished partitions.',
  database_locked: 'Another program is writing to the database. Retry when it has finished.',
  config_invalid: 'Clone the export: the form shows what is wrong with the config.',
}

const USUAL =
  'Fix the cause, then retry: the export resumes from the finished partitions. Clone opens the same config in the form.'

export function adviceFor(code: string | null | undefined): string {
  return ADVICE[code ?? ''] ?? USUAL
}
