using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ClientSecretsAndAssertions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "previous_secret",
                table: "oauth_applications",
                type: "TEXT",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "previous_secret_expires_at",
                table: "oauth_applications",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "oauth_client_assertions",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_oauth_client_assertions", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_oauth_client_assertions_expiry",
                table: "oauth_client_assertions",
                column: "expires_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "oauth_client_assertions");

            migrationBuilder.DropColumn(
                name: "previous_secret",
                table: "oauth_applications");

            migrationBuilder.DropColumn(
                name: "previous_secret_expires_at",
                table: "oauth_applications");
        }
    }
}
