import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { previewQuery } from '@/lib/api/exports'
import { type ExportForm, formToConfig, validateForm } from './form'

const DELAY_MS = 400

/** The preview of the form, a short delay after its last change; none while the form itself has errors. */
export function usePreview(form: ExportForm) {
  const [settled] = useDebouncedValue(form, DELAY_MS)
  const isValid = Object.keys(validateForm(settled)).length === 0
  const config = formToConfig(settled)
  const query = useQuery({ ...previewQuery(config), enabled: isValid })
  return { query, config, isValid }
}
