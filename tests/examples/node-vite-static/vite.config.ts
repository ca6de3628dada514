export default defineConfig({
  build: {
    outDir: 'public_html',
  },
});
