import type { Format } from './form'

export const FORMAT_WORDS: { value: Format; label: string }[] = [
  { value: 'parquet', label: 'Parquet' },
  { value: 'jsonl', label: 'JSON Lines' },
  { value: 'json', label: 'JSON' },
  { value: 'csv', label: 'CSV' },
  { value: 'arrow', label: 'Arrow' },
]
