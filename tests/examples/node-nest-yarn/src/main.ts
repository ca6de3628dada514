async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  app.enableShutdownHooks();
  await app.listen(process.env.APP_PORT ? parseInt(process.env.APP_PORT, 10) : 3300);
}
bootstrap();
