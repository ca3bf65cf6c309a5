DROP FUNCTION public.app_today();
DROP FUNCTION public.app_now();
DROP SCHEMA kit CASCADE;
