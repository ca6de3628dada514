"""Java and Kotlin, built with Maven or Gradle: Spring Boot, Quarkus, Micronaut, Ktor and plain programs."""

from __future__ import annotations

from architect.plan import ImagePlan
from architect.profile import Component
from architect.reading import Folder
from architect.request import Style
from architect.stacks.java import gradle_build, maven_build
from architect.stacks.java.planning import plan
from architect.tree import Tree


class Java:
    """A program of the JVM with a pom.xml or a Gradle script."""

    id = "java"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find what the build leaves to run; aggregators and libraries are no components."""
        folder = Folder(tree, root)
        return maven_build.detect(self.id, folder) or gradle_build.detect(self.id, folder)

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Build with a JDK, run with a JRE."""
        return plan(component, style)
