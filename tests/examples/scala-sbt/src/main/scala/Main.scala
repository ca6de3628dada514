import cats.effect.IOApp

object Main extends IOApp.Simple {
  val port = sys.env.get("PORT").flatMap(_.toIntOption).getOrElse(8282)
  def run = Server.start(port)
}
